#!/usr/bin/env python3
"""CPU time that builds take to come within a share of the best known plan of a problem.

    src/bench/time-to-best.py PROBLEM --build NAME=COMMAND=BEST [--build ...] --steps 1,300,3000 [--within 0.01]

COMMAND starts rackplan of that build, such as "java -jar target/rackplan.jar" or ./rackplan; BEST is
the step in s of the best plan that is known by that build's model, such as `evaluate` says it of a
plan built outside or `solve --steps 20000` of a searched one. Each build solves the problem with one
thread and ever more steps a layer, until its step is within the share of its best. Printed: steps,
user CPU seconds of the whole process, step and how far it is above the best. CPU time hardly depends
on what else runs; the plans don't at all.

Exit code: 0 done, 1 a build failed, 2 the arguments are wrong.
"""

import argparse
import json
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

STEPS = ("tpotSeconds", "ttftSeconds", "stepSeconds")


def solve(command, problem, steps):
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run(
            [*shlex.split(command), "solve", str(problem), "--threads", "1"]
            + ["--steps", str(steps), "--output", folder],
            capture_output=True,
            text=True,
        )
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        files = list(Path(folder).rglob("*.json"))
        if done.returncode != 0 or len(files) != 1:
            print(done.stderr or done.stdout, file=sys.stderr)
            sys.exit(1)
        figures = json.loads(files[0].read_text())["evaluation"]
    return seconds, next(figures[key] for key in STEPS if key in figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problem", type=Path)
    parser.add_argument("--build", action="append", required=True, metavar="NAME=COMMAND=BEST")
    parser.add_argument("--steps", default="1,300,3000")
    parser.add_argument("--within", type=float, default=0.01)
    arguments = parser.parse_args()
    print("| build | steps | user CPU [s] | step [ms] | above the best known [%] |")
    print("|---|---:|---:|---:|---:|")
    for build in arguments.build:
        try:
            name, command, best = build.split("=")
            best = float(best)
        except ValueError:
            parser.error(f"--build {build}: want NAME=COMMAND=BEST")
        for steps in arguments.steps.split(","):
            seconds, step = solve(command, arguments.problem, int(steps))
            above = step / best - 1
            print(
                f"| {name} | {steps} | {seconds:.1f} | {1e3 * step:.3f} | {100 * above:.2f} |",
                flush=True,
            )
            if above <= arguments.within:
                break


if __name__ == "__main__":
    main()
