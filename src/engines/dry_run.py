#!/usr/bin/env python3
"""Runs router.sh of an export on this machine before servers that only answer: one process for each pool, loopback alone.

usage: dry_run.py sglang|vllm FOLDER ROUTERS   FOLDER: an engine's export; ROUTERS: folder with the router's program

It shows that the router starts with these arguments, waits for all instances, becomes ready, and divides each request as
that engine's pools need it. It does not show that an engine starts, that a KV cache arrives, or any time.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import exported

engine, folder, programs = sys.argv[1:4]
REQUESTS = 24
pools = exported.pools(folder)
roles = sorted({exported.role(pool) for pool in pools})
pair = "decode" in roles
here = tempfile.mkdtemp()
log = os.path.join(here, "requests")
processes = []


def start(*words, **more):
    processes.append(subprocess.Popen(words, start_new_session=True, **more))
    return processes[-1]


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"content-type": "application/json"}), timeout=20) as answer:
        return answer.read()


def ready(url, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            ask(url)
            return True
        except OSError:
            time.sleep(0.5)
    return False


def faults_of(seen):
    """What is wrong with the requests that instances have seen."""
    faults = []
    asked = [row for row in seen if row["path"] == "/v1/completions"]
    for role in roles:
        rows = [row for row in asked if row["role"] == role]
        if len(rows) != REQUESTS:
            faults.append(f"{role} has seen {len(rows)} of {REQUESTS} requests")
        if {row["port"] for row in rows} != set(answering(role)):
            faults.append(f"{role}: requests at {sorted({row['port'] for row in rows})} of {answering(role)}")
    if pair and engine == "sglang":
        rooms = {}
        for row in asked:
            rooms.setdefault(row["body"]["bootstrap_room"], []).append(row)
        for rows in rooms.values():
            prefill = [row["port"] for row in rows if row["role"] == "prefill"]
            if len(rows) != 2 or {row["body"]["bootstrap_port"] for row in rows} != {prefill[0] + 1}:
                faults.append(f"a room has {rows}")
    if pair and engine == "vllm":
        for row in asked:
            caches = row["body"]["kv_transfer_params"]
            if row["role"] == "prefill" and not (caches["do_remote_decode"] and row["body"]["max_tokens"] == 1):
                faults.append(f"prefill was asked for {row['body']}")
            if row["role"] == "decode" and caches["remote_port"] not in answering("prefill"):
                faults.append(f"decode was told {caches}")
    return faults[:5]


def answering(role):
    return [port for pool in pools if exported.role(pool) == role for port in ports[pool]]


ports = {pool: [port + 7 for _, port in exported.instances(os.path.join(folder, pool))] for pool in pools}
script = open(os.path.join(folder, "router.sh")).read()
for pool in pools:
    for host, _ in exported.instances(os.path.join(folder, pool)):
        script = script.replace(f"http://{host}:", "http://127.0.0.1:")
script = re.sub(r"--host 0\.0\.0\.0", "--host 127.0.0.1 --prometheus-host 127.0.0.1 --policy round_robin", script)
with open(os.path.join(here, "router.sh"), "w") as copy:
    copy.write(script)
try:
    router = start("bash", os.path.join(here, "router.sh"), "31000", stdout=open(os.path.join(here, "log"), "w"), stderr=subprocess.STDOUT,
                   env=dict(os.environ, PATH=os.path.abspath(programs) + ":" + os.environ["PATH"], WAIT_SECONDS="60"))
    if ready("http://127.0.0.1:31000/readiness", 3):
        exported.report(["the router is ready before any instance is"])
    for pool in pools:
        start(sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_worker.py"),
              exported.role(pool), log, *map(str, ports[pool]))
    if not ready("http://127.0.0.1:31000/readiness", 60):
        exported.report(["the router does not get ready", open(os.path.join(here, "log")).read()[-2000:]])
    for number in range(REQUESTS):
        ask("http://127.0.0.1:31000/v1/completions", {"model": "m", "prompt": f"request {number}", "max_tokens": 5})
    exported.report(faults_of([json.loads(line) for line in open(log)]))
finally:
    for process in processes:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    shutil.rmtree(here)
