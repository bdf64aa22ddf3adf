#!/usr/bin/env python3
"""Measures how much of a GPU's peak memory bandwidth and matrix rate expert layers get.

Prints CSV: one row per kernel and shape, the median time of REPEATS timed replays, the bytes and
FLOPs that the work cannot do without, and the shares of the peaks given by --tflops and --tbs.
Every replay runs over as many copies of the inputs as do not fit in the L2 cache together.

    python3 docs/accuracy/measure_gpu.py --tflops-bf16 989.4 --tflops-fp8 1978.9 --tbs 3.35

Needs PyTorch 2.8 or newer with CUDA. Nothing in rackplan reads the result by itself.
"""
import argparse
import csv
import statistics
import sys

import torch

REPEATS = 15
L2_ESCAPE_BYTES = 256 * 2**20
TOKENS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]
# name: hidden size, expert intermediate size
MODELS = {"deepseek-v3": (7168, 2048), "qwen3-235b": (4096, 1536), "gpt-oss-120b": (2880, 2880)}
EXPERTS_PER_GPU = [4, 8, 32]


def median_seconds(calls):
    """Median seconds of one call, the calls replayed in turn from a CUDA graph."""
    for call in calls:
        call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    graph.replay()
    times = []
    for _ in range(REPEATS):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end) / 1e3 / len(calls))
    return statistics.median(times)


def copies_for(bytes_of_one):
    """How many sets of inputs are needed so that none is still in the cache at its next turn."""
    return max(2, -(-L2_ESCAPE_BYTES // bytes_of_one))


def random_fp8(*shape):
    return torch.randn(*shape, device="cuda").to(torch.float8_e4m3fn)


def memory_rows():
    n = 2**31  # bytes of each buffer
    source = torch.randint(0, 255, (n,), dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    yield "copy", median_seconds([lambda: target.copy_(source)]), 2 * n
    floats = source.view(torch.int32).to(torch.float32)
    yield "read (sum)", median_seconds([lambda: floats.sum()]), floats.numel() * 4
    yield "write (fill)", median_seconds([lambda: target.fill_(7)]), n


def grouped(dtype, experts, tokens, k, n):
    """Calls of one grouped product of experts x (tokens x k) by (k x n), bytes and FLOPs of one."""
    width = 2 if dtype == "bf16" else 1
    weight_bytes = experts * k * n * width
    rows = experts * tokens
    ends = torch.arange(tokens, rows + 1, tokens, dtype=torch.int32, device="cuda")
    calls = []
    for _ in range(min(copies_for(weight_bytes), 8)):
        if dtype == "bf16":
            a = torch.randn(rows, k, device="cuda", dtype=torch.bfloat16)
            w = torch.randn(experts, n, k, device="cuda", dtype=torch.bfloat16).transpose(-2, -1)
            calls.append(lambda a=a, w=w: torch._grouped_mm(a, w, offs=ends))
        else:
            a = random_fp8(rows, k)
            w = torch.empty(experts, n, k, device="cuda", dtype=torch.float8_e4m3fn)
            for e in range(experts):
                w[e] = random_fp8(n, k)
            w = w.transpose(-2, -1)
            scale_a = torch.rand(rows, device="cuda") + 0.5
            scale_w = torch.rand(experts, n, device="cuda") + 0.5
            calls.append(lambda a=a, w=w, sa=scale_a, sw=scale_w: torch._scaled_grouped_mm(
                a, w, sa, sw, offs=ends, out_dtype=torch.bfloat16, use_fast_accum=True))
    return calls, weight_bytes + rows * (k * width + n * 2), 2 * rows * k * n


def dense(dtype, m, k, n):
    width = 2 if dtype == "bf16" else 1
    calls = []
    for _ in range(min(copies_for(k * n * width), 12)):
        if dtype == "bf16":
            a = torch.randn(m, k, device="cuda", dtype=torch.bfloat16)
            w = torch.randn(n, k, device="cuda", dtype=torch.bfloat16)
            calls.append(lambda a=a, w=w: torch.mm(a, w.t()))
        else:
            a, w = random_fp8(m, k), random_fp8(n, k)
            sa, sw = torch.rand(m, 1, device="cuda") + 0.5, torch.rand(1, n, device="cuda") + 0.5
            calls.append(lambda a=a, w=w, sa=sa, sw=sw: torch._scaled_mm(
                a, w.t(), scale_a=sa, scale_b=sw, out_dtype=torch.bfloat16, use_fast_accum=True))
    return calls, k * n * width + m * (k * width + n * 2), 2 * m * k * n


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tflops-bf16", type=float, required=True, help="dense peak, TFLOP/s")
    parser.add_argument("--tflops-fp8", type=float, required=True, help="dense peak, TFLOP/s")
    parser.add_argument("--tbs", type=float, required=True, help="peak memory bandwidth, TB/s")
    options = parser.parse_args()
    peak = {"bf16": options.tflops_bf16 * 1e12, "fp8": options.tflops_fp8 * 1e12}
    bandwidth = options.tbs * 1e12
    print(f"{torch.cuda.get_device_name()}; PyTorch {torch.__version__}, CUDA {torch.version.cuda}",
          file=sys.stderr)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["kernel", "dtype", "shape", "experts", "tokensPerExpert", "k", "n", "micros",
                  "megabytes", "gigaflops", "memoryShare", "computeShare"])

    def row(kernel, dtype, shape, experts, tokens, k, n, seconds, size, flops):
        out.writerow([kernel, dtype, shape, experts, tokens, k, n, f"{seconds * 1e6:.2f}",
                      f"{size / 1e6:.3f}", f"{flops / 1e9:.3f}",
                      f"{size / seconds / bandwidth:.4f}",
                      f"{flops / seconds / peak.get(dtype, float('inf')):.4f}"])
        sys.stdout.flush()

    for name, seconds, size in memory_rows():
        row(name, "", "2 GiB", "", "", "", "", seconds, size, 0)
    torch.cuda.empty_cache()

    for dtype in ("bf16", "fp8"):
        for m in [16, 64, 128, 256, 512, 1024, 2048, 4096, 8192]:
            calls, size, flops = dense(dtype, m, 7168, 7168)
            row("dense", dtype, "7168", 1, m, 7168, 7168, median_seconds(calls), size, flops)
            del calls
            torch.cuda.empty_cache()
        calls, size, flops = dense(dtype, 8192, 8192, 8192)
        row("dense", dtype, "8192", 1, 8192, 8192, 8192, median_seconds(calls), size, flops)
        del calls
        torch.cuda.empty_cache()

    for dtype in ("bf16", "fp8"):
        for model, (hidden, inner) in MODELS.items():
            for experts in EXPERTS_PER_GPU:
                for tokens in TOKENS:
                    for part, k, n in (("gate+up", hidden, 2 * inner), ("down", inner, hidden)):
                        try:
                            calls, size, flops = grouped(dtype, experts, tokens, k, n)
                            seconds = median_seconds(calls)
                        except RuntimeError as error:
                            print(f"{model} {part} {dtype} {experts}x{tokens}: {error}"
                                  .splitlines()[0], file=sys.stderr)
                            torch.cuda.synchronize()
                            continue
                        row("grouped", dtype, f"{model} {part}", experts, tokens, k, n, seconds,
                            size, flops)
                        del calls
                torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
