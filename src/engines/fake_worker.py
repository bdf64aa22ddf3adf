#!/usr/bin/env python3
"""Answers as a pool's servers would, on loopback, and writes each request down as a line of JSON. No model runs.

usage: fake_worker.py ROLE LOG PORT...
"""
import http.server
import json
import sys
import threading

role, log, *ports = sys.argv[1:]
written = open(log, "a", buffering=1)
lock = threading.Lock()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *given):
        pass

    def answer(self, tree):
        data = json.dumps(tree).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer({"status": "ok", "model_path": "m", "object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "{}")
        port = self.server.server_address[1]
        with lock:
            written.write(json.dumps({"role": role, "port": port, "path": self.path, "body": body}) + "\n")
        if not self.path.endswith("completions"):
            return self.answer({})
        # What NixlConnector's prefill side answers.
        caches = {"do_remote_prefill": True, "do_remote_decode": False, "remote_engine_id": f"engine-{port}",
                  "remote_block_ids": [1, 2], "remote_host": "127.0.0.1", "remote_port": port}
        choice = {"index": 0, "text": f"{role} {port}", "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        self.answer({"id": "1", "object": "text_completion", "model": "m", "choices": [choice], "usage": usage,
                     "kv_transfer_params": caches})


servers = [http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Server) for port in ports]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
