#!/usr/bin/env python3
"""When `rackplan plan` shows its first rows on a terminal, and when it ends: seconds that pass, and of processor.

    src/bench/first-rows.py [CHECKOUT ...]

Each sentence is asked three times of every checkout (this one alone by default), in turn; the median by first rows
is printed. The terminal is a pseudo-terminal of 80 columns.
"""
import os
import pty
import re
import sys
import time

SENTENCES = [
    "--model qwen3-235b-a22b --gpu h200 --gpus 32 --isl 4000 --osl 1000 --ttft 1000ms --tpot 20ms --weights fp8",
    "--model deepseek-v3 --gpu gb200 --gpus 72 --isl 8000 --osl 1000 --tpot 25ms",
    "--model llama-3.1-70b --gpu h100 --gpus 16 --isl 3000 --osl 300",
]
RUNS = 3


def processor_seconds(process):
    """User and system time so far, of the process and of what it waited for."""
    with open(f"/proc/{process}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def ask(checkout, sentence):
    """(first rows, first rows' processor time, end, its processor time) in s."""
    start = time.time()
    process, terminal = pty.fork()
    if process == 0:
        os.environ["COLUMNS"] = "80"
        os.chdir(checkout)
        os.execv("./rackplan", ["./rackplan", "plan", *sentence.split()])
    text = b""
    first = None
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            # The other end is closed.
            break
        if not part:
            break
        text += part
        if first is None and re.search(rb"aggregated", text):
            first = (time.time() - start, processor_seconds(process))
    _, status, used = os.wait4(process, 0)
    if status != 0 or first is None:
        sys.exit(f"{checkout}: plan {sentence} showed no rows")
    return (*first, time.time() - start, used.ru_utime + used.ru_stime)


def main():
    checkouts = sys.argv[1:] or ["."]
    print("| sentence | " + " | ".join(f"{checkout}: first, all [s], CPU first, all [s]" for checkout in checkouts) + " |")
    print("|---|" + "---|" * len(checkouts))
    for sentence in SENTENCES:
        times = {checkout: [] for checkout in checkouts}
        for _ in range(RUNS):
            for checkout in checkouts:
                times[checkout].append(ask(checkout, sentence))
        cells = []
        for checkout in checkouts:
            first, first_cpu, end, end_cpu = sorted(times[checkout])[RUNS // 2]
            cells.append(f"{first:.1f}, {end:.1f}; {first_cpu:.1f}, {end_cpu:.1f}")
        print(f"| `plan {sentence}` | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
