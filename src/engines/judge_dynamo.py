#!/usr/bin/env python3
"""Has Dynamo's own workers and frontend read the arguments of a DynamoGraphDeployment, the engine's part with the engine's code.

usage: judge_dynamo.py MANIFEST MODEL [CAPABILITY GIB]   MODEL: folder with the model's config.json

Run by the Python of the engine's environment (sglang or vllm), with ai-dynamo and ai-dynamo-runtime beside it. TensorRT-LLM's worker
needs its package, and so CUDA.
"""
import argparse
import asyncio
import os
import sys

import yaml

import exported
import fake_gpus

manifest, model = sys.argv[1:3]
capability = tuple(int(part) for part in (sys.argv[3] if len(sys.argv) > 3 else "9.0").split("."))
gib = float(sys.argv[4]) if len(sys.argv) > 4 else 80.0
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("CUDA_HOME", "/usr")
with open(manifest) as file:
    graph = next(one for one in yaml.safe_load_all(file) if one["kind"] == "DynamoGraphDeployment")["spec"]
if graph["backendFramework"] == "sglang":
    fake_gpus.stub_modules("deep_gemm", "deep_gemm.utils", "deep_gemm.utils.layout", "deep_gemm.jit_kernels")
    fake_gpus.install(capability, gib)
    from dynamo.sglang.args import parse_args

    worker = lambda arguments: asyncio.run(parse_args(arguments))
else:
    fake_gpus.install_vllm(capability, gib)
    from dynamo.vllm.args import parse_args as worker
from dynamo.frontend.frontend_args import FrontendArgGroup


def frontend(arguments):
    parser = argparse.ArgumentParser()
    FrontendArgGroup().add_arguments(parser)
    parser.parse_args(arguments)


faults = []
for component in graph["components"]:
    container = component["podTemplate"]["spec"]["containers"][0]
    os.environ.update({pair["name"]: pair["value"] for pair in container.get("env", []) if "value" in pair})
    arguments = [model if str(word) == "/model" else str(word) for word in container["args"]]
    try:
        (frontend if container["command"][-1] == "dynamo.frontend" else worker)(arguments)
    except BaseException as error:
        faults.append(f"{component['name']}: {type(error).__name__}: {str(error)[:300]}")
exported.report(faults)
