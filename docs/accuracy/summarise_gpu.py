#!/usr/bin/env python3
"""Prints what measure_gpu.py found as a Markdown table, beside the roofline that rackplan charges.

    python3 docs/accuracy/summarise_gpu.py docs/accuracy/h100-sxm.csv

A cell is measured time over the model's, gate+up and down product together; the model's is the
longer of bytes over 0.8 of the peak bandwidth and FLOPs over 0.7 of the peak rate. Below the table
stands the fit time = fixed + bytes / (share x peak bandwidth) over the products that stream
weights (at most 64 tokens an expert), least squares of the relative error.
"""
import csv
import statistics
import sys

TOKENS = [1, 8, 32, 64, 128, 256, 512, 1024, 4096]
MEMORY_EFFICIENCY, COMPUTE_EFFICIENCY = 0.8, 0.7


def number(row, key):
    return float(row[key])


def model_micros(row):
    """The roofline from the row's own shares: share x time = time at the peak."""
    at_peak = {key: number(row, key) * number(row, "micros") for key in ("memoryShare", "computeShare")}
    return max(at_peak["memoryShare"] / MEMORY_EFFICIENCY, at_peak["computeShare"] / COMPUTE_EFFICIENCY)


def ratio(rows):
    return sum(number(r, "micros") for r in rows) / sum(model_micros(r) for r in rows)


def fit(rows):
    """Fixed microseconds, share of the peak bandwidth, and the median relative error of the two."""
    points = [(number(r, "memoryShare") * number(r, "micros"), number(r, "micros")) for r in rows]
    weights = [1 / y**2 for _, y in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    slope = (sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points))
             / sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points)))
    fixed = mean_y - slope * mean_x
    errors = [abs((fixed + slope * x) / y - 1) for x, y in points]
    return fixed, 1 / slope, statistics.median(errors)


def main():
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row["dtype"]:
            print(f"{row['kernel']}: {number(row, 'memoryShare'):.2f} of the peak bandwidth  ")
    grouped = [r for r in rows if r["kernel"] == "grouped"]
    print("\n| experts | dtype | experts a GPU | " + " | ".join(map(str, TOKENS)) + " |")
    print("|---|---|" + "---:|" * (len(TOKENS) + 1))
    kinds = dict.fromkeys((r["shape"].split()[0], r["dtype"], r["experts"]) for r in grouped)
    for shape, dtype, experts in kinds:
        cells = []
        for tokens in TOKENS:
            cells.append(ratio([r for r in grouped if r["shape"].startswith(shape + " ")
                                and (r["dtype"], r["experts"]) == (dtype, experts)
                                and r["tokensPerExpert"] == str(tokens)]))
        print(f"| {shape} | {dtype} | {experts} | " + " | ".join(f"{c:.2f}" for c in cells) + " |")
    print()
    for dtype in dict.fromkeys(r["dtype"] for r in grouped):
        of = [r for r in grouped if r["dtype"] == dtype]
        fixed, share, error = fit([r for r in of if int(r["tokensPerExpert"]) <= 64])
        rate = [number(r, "computeShare") for r in of if int(r["tokensPerExpert"]) >= 1024]
        print(f"- {dtype}: {fixed:.0f} µs + bytes at {share:.2f} of the peak bandwidth "
              f"(median error {100 * error:.0f}%); from 1,024 tokens an expert on "
              f"{min(rate):.2f} to {max(rate):.2f}, median {statistics.median(rate):.2f}, of the peak rate")


if __name__ == "__main__":
    main()
