#!/usr/bin/env python3
"""Has a router's own parser read router.sh of an export, and holds what it reads against the launch tables.

usage: judge_router.py sglang|vllm FOLDER   FOLDER: an engine's export, of one pool or of several
"""
import os
import shlex
import subprocess
import sys

import exported

engine, folder = sys.argv[1:3]
environment = dict(os.environ, DRY_RUN="1")
run = subprocess.run(["bash", os.path.join(folder, "router.sh"), "31000"], env=environment, capture_output=True, text=True, check=True)
words = shlex.split(run.stdout)
faults = []
if engine == "sglang":
    from sglang_router.launch_router import parse_router_args

    arguments = words[words.index("sglang_router.launch_router") + 1:]
else:
    from vllm_router.launch_router import parse_router_args

    arguments = words[words.index("vllm-router") + 1:]
try:
    read = parse_router_args(arguments)
    read._validate_router_args()
except (SystemExit, ValueError) as error:
    exported.report([f"router: {error}"])
urls = lambda role: [f"http://{host}:{port + 7}" for host, port in exported.instances_of(folder, role)]
if exported.instances_of(folder, "decode"):
    meeting = [port + 8 for _, port in exported.instances_of(folder, "prefill")]
    expected = list(zip(urls("prefill"), meeting if engine == "sglang" else [None] * len(meeting)))
    if [tuple(url) for url in read.prefill_urls] != expected:
        faults.append(f"prefill is {read.prefill_urls}, started {expected}")
    if read.decode_urls != urls("decode"):
        faults.append(f"decode is {read.decode_urls}, started {urls('decode')}")
    if not (read.pd_disaggregation if engine == "sglang" else read.vllm_pd_disaggregation):
        faults.append("does not divide requests")
elif read.worker_urls != urls("serve"):
    faults.append(f"workers are {read.worker_urls}, started {urls('serve')}")
if read.port != 31000:
    faults.append(f"listens on {read.port}")
exported.report(faults)
