#!/usr/bin/env python3
"""Writes the table of placers in docs/performance.md from what benchmarks printed.

    ./rackplan --allow-outside benchmark PROBLEM... --rules nearest,even,rankModulo --times 1s,5s,20s \\
        --cpu-time --threads 1 --seeds 5 --json > placers.json
    src/bench/placers.py placers.json [MORE.json...] --write docs/performance.md

Several files are put together, and rows of other cases and times that the document has stay, so
that a long comparison can be run case by case. Of each case and time: the fastest placer that does not search, the plain loop and rackplan, on tokens kept back where
there are some, medians of the seeds; how far rackplan is from the first of all; and which placers are
both evener and less remote than it. Without --write the table is printed. With --mean, of each
rule and time the means over the cases are printed instead: of problems that differ in the recorded
tokens alone.

Exit code: 0 done, 2 the arguments are wrong.
"""

import argparse
import json
import sys
from pathlib import Path

BEGIN = "<!-- placers -->\n"
END = "<!-- end of placers -->\n"
SEARCHES = ("plain-loop", "rackplan")


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(2)


def figures(row):
    unseen = row.get("heldOut", row["placement"])
    seconds = row.get("heldOutLayerSeconds", row["layerSeconds"])
    return seconds, unseen["balancedness"], unseen["remoteDomainsPerToken"]


def shown(row):
    seconds, balance, remote = figures(row)
    return f"{seconds * 1e6:,.0f}, {balance:.3f}, {remote:.3f}"


def line(case):
    rows = {row["placer"]: row for row in case["placers"]}
    others = [row for name, row in rows.items() if name not in SEARCHES]
    best = min(others, key=lambda row: figures(row)[0])
    ours = figures(rows["rackplan"])
    first = min(figures(row)[0] for name, row in rows.items() if name != "rackplan")
    # By more than the digits shown.
    ahead = [
        row["placer"]
        for row in others
        if figures(row)[1] > ours[1] + 5e-4 and figures(row)[2] < ours[2] - 5e-4
    ]
    return [
        case["problem"],
        f"{case['searchSeconds']:g}",
        str(case["seeds"]),
        f"{best['placer']}: {shown(best)}",
        shown(rows["plain-loop"]),
        shown(rows["rackplan"]),
        f"{100 * (ours[0] / first - 1):+.1f}%",
        ", ".join(ahead) or "-",
    ]


HEADER = [
    "case, rule",
    "CPU time [s]",
    "seeds",
    "fastest without a search: layer [us], balance, remote domains",
    "plain loop",
    "rackplan",
    "against the fastest other",
    "evener and less remote",
]


def table(lines):
    lines = sorted(lines, key=lambda cells: (cells[0], float(cells[1])))
    rows = [HEADER, ["---"] * len(HEADER)] + lines
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def written(text):
    """The rows of a table, without its head."""
    rows = [row.strip("|").split("|") for row in text.splitlines() if row.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def means(cases):
    lines = ["| rule | CPU time [s] | cases | placer | layer [us], balance, remote domains |", "|---|---|---|---|---|"]
    keys = sorted({(case["problem"].rsplit(", ", 1)[-1], case["searchSeconds"]) for case in cases})
    for rule, seconds in keys:
        of = [
            case
            for case in cases
            if case["problem"].endswith(rule) and case["searchSeconds"] == seconds
        ]
        for placer in [row["placer"] for row in of[0]["placers"]]:
            rows = [figures(row) for case in of for row in case["placers"] if row["placer"] == placer]
            layer, balance, remote = (sum(values) / len(of) for values in zip(*rows))
            shown = f"{layer * 1e6:,.0f}, {balance:.3f}, {remote:.3f}"
            lines.append(f"| {rule} | {seconds:g} | {len(of)} | {placer} | {shown} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", type=Path, metavar="DOCUMENT")
    parser.add_argument("--mean", action="store_true")
    arguments = parser.parse_args()
    cases = {}
    for file in arguments.files:
        try:
            read = json.loads(file.read_text())
        except (OSError, ValueError) as error:
            fail(f"{file}: {error}")
        for case in read:
            cases[(case["problem"], case["searchSeconds"])] = case
    if arguments.mean:
        print(means(list(cases.values())), end="")
        return
    lines = [line(case) for case in cases.values()]
    if arguments.write is None:
        print(table(lines), end="")
        return
    document = arguments.write.read_text()
    if BEGIN not in document or END not in document:
        fail(f"{arguments.write} has no {BEGIN.strip()} and {END.strip()}")
    head, rest = document.split(BEGIN, 1)
    before, after = rest.split(END, 1)
    new = {(cells[0], cells[1]) for cells in lines}
    lines += [cells for cells in written(before) if (cells[0], cells[1]) not in new]
    arguments.write.write_text(head + BEGIN + table(lines) + END + after)


if __name__ == "__main__":
    main()
