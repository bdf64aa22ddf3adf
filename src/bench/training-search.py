#!/usr/bin/env python3
"""Layouts that `plan --train` finds for four published runs, the published layouts, and what the search took.

    src/bench/training-search.py

Prints a row for each run: both layouts priced by the model, and the CPU seconds of the whole command that searched.
Sources of the published layouts: docs/decisions/0030-search-of-training-layouts.md.
"""
import json
import os
import resource
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNS = [
    ("Llama 3.1 405B, 1,024 H100",
     "--model llama-3.1-405b --gpu h100 --gpus 1024 --global-batch 1536 --seq 8192 --precision fp8_tensor --gradients bf16",
     "--tp 8 --cp 2 --pp 8 --vpp 8 --recompute none"),
    ("Llama 3.1 405B, 16,384 H100",
     "--model llama-3.1-405b --gpu h100 --gpus 16384 --global-batch 2048 --seq 8192 --engine any",
     "--tp 8 --cp 1 --pp 16"),
    ("DeepSeek-V3, 2,048 H800",
     "--model deepseek-v3 --gpu h800 --gpus 2048 --global-batch 15360 --seq 4096 --precision fp8 --activations fp8"
     " --optimizer-bytes 8 --engine any",
     "--tp 1 --pp 16 --ep 64 --schedule dualpipe"),
    ("Qwen3-235B, 256 GB200",
     "--model qwen3-235b-a22b --gpu gb200 --gpus 256 --global-batch 8192 --seq 4096 --precision mxfp8 --gradients bf16"
     " --cuda-graphs",
     "--tp 1 --pp 8 --vpp 3 --ep 32"),
]


def best(words):
    """The best option and the command's CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [os.path.join(ROOT, "rackplan"), "plan", "--train", "--json", *words.split()],
        capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"{words}: {run.stderr}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(run.stdout)["options"][0], seconds


def layout(option):
    """In trainers' words: degrees above 1, schedule's chunks, recomputation."""
    trainer = option["trainer"]
    words = [f"{key.upper()}{trainer[key]}" for key in ("tp", "cp", "pp", "vpp", "ep") if trainer.get(key, 1) != 1]
    return " ".join(words + [str(trainer.get("recompute", ""))]).strip()


def main():
    print("| run | found | step [s] | published layout | step [s] | found is ahead | CPU of the search [s] |")
    print("|---|---|---:|---|---:|---:|---:|")
    for name, question, published in RUNS:
        found, seconds = best(question)
        given, _ = best(question + " " + published)
        ahead = given["stepSeconds"] / found["stepSeconds"] - 1
        print(f"| {name} | {layout(found)} | {found['stepSeconds']:.2f} | {layout(given)} | {given['stepSeconds']:.2f}"
              f" | {100 * ahead:.1f}% | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
