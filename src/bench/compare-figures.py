#!/usr/bin/env python3
"""Says which figures of two folders of solution files differ: before and after a change of structure.

1. At the old commit, in one checkout, and at the new one, in another:

       ./rackplan solve problems --steps 2000 --seed 0 --force -o BEFORE
       ./rackplan solve problems --steps 2000 --seed 0 --force -o AFTER

2. src/bench/compare-figures.py BEFORE AFTER [--table FILE] [--same RULE] [--gone KEY] [--added KEY]

Files are matched by their path below the folders. Of each pair, every figure of `evaluation` is
compared: numbers to 1e-9 relative (--tolerance), texts and truth values must be equal. `plan` must be
equal exactly. A file with neither, such as the output of `evaluate --json`, is compared as a whole, to
the tolerance. Nothing else of a solution file is looked at.

A key is a path below `evaluation`, such as stages[0].expertsSeconds. In a rule `[]` is any place of a
list, `*` any one key and `**` any path; what they stand for on the left they stand for on the right, in
the same order. A rule for an object holds for all that lies below it. The rules:

    --same 'stages[].headSeconds = stages[].terms.head'   renamed
    --same '**.sendSeconds = **.dispatchSeconds + **.combineSeconds'   a sum; the left may be one, too
    --gone 'stages[].oldSeconds'    no longer there, on purpose
    --added 'stages[].newSeconds'   new, on purpose

--table reads them from JSON: {"same": {"left": "right"}, "gone": ["key"], "added": ["key"]}.

Exit code: 0 all figures are equal, 1 some differ, 2 the arguments are wrong.
"""

import argparse
import json
import re
import sys
from pathlib import Path

def fail(message):
    print(message, file=sys.stderr)
    sys.exit(2)


WILD = re.compile(r"\*\*|\*|\[\]")


def pattern(key):
    """What a key of a rule matches; groups hold what its wild parts stand for, the last one the rest."""
    text = ""
    at = 0
    for wild in WILD.finditer(key):
        text += re.escape(key[at : wild.start()])
        text += {"**": r"(.*?)", "*": r"([^.\[]+)", "[]": r"(\[\d+\])"}[wild.group()]
        at = wild.end()
    return re.compile(text + re.escape(key[at:]) + r"((?:[.\[].*)?)$")


def filled(key, groups):
    """The key with its wild parts filled in, and the rest put behind it."""
    values = iter(groups[:-1])
    return WILD.sub(lambda wild: next(values), key) + groups[-1]


class Same:
    """A sum of old figures that is a sum of new ones."""

    def __init__(self, left, right):
        self.old = [key.strip() for key in left.split("+")]
        self.new = [key.strip() for key in right.split("+")]
        wilds = [WILD.findall(key) for key in self.old + self.new]
        if not all(self.old + self.new) or any(wild != wilds[0] for wild in wilds):
            fail(f"--same: '{left} = {right}': each key needs the same wild parts in the same order")
        self.pattern = pattern(self.old[0])

    def keys(self, old_key):
        """Old and new keys where the rule holds for old_key, otherwise None."""
        match = self.pattern.match(old_key)
        if match is None:
            return None
        groups = match.groups()
        return [filled(key, groups) for key in self.old], [filled(key, groups) for key in self.new]


def leaves(tree, path, found):
    """Every text, number, truth value, null and empty list or object, by its path."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            leaves(value, f"{path}.{key}" if path else key, found)
    elif isinstance(tree, list) and tree:
        for index, value in enumerate(tree):
            leaves(value, f"{path}[{index}]", found)
    else:
        found[path] = tree
    return found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(old, new, tolerance):
    """Whether two lists of summands come to the same."""
    if all(is_number(value) for value in old + new):
        scale = max(sum(map(abs, old)), sum(map(abs, new)))
        return abs(sum(old) - sum(new)) <= tolerance * scale
    if len(old) > 1 or len(new) > 1:
        return False
    return type(old[0]) is type(new[0]) and old[0] == new[0]


def shown(keys, figures):
    return " + ".join(f"{key} {json.dumps(figures[key])}" if key in figures else f"{key} (none)" for key in keys)


def differences(old, new, rules, tolerance):
    """What differs between two trees, as lines, and how many old figures were compared."""
    same, gone, added = rules
    old, new = leaves(old, "", {}), leaves(new, "", {})
    lines = []
    told = set()
    seen = set()
    compared = 0
    for key in old:
        if key in told:
            continue
        if any(rule.match(key) for rule in gone):
            continue
        pairs = [pair for pair in (rule.keys(key) for rule in same) if pair]
        old_keys, new_keys = pairs[0] if pairs else ([key], [key])
        told.update(old_keys)
        seen.update(new_keys)
        compared += len(old_keys)
        there = all(one in old for one in old_keys) and all(one in new for one in new_keys)
        if not there or not equal([old[one] for one in old_keys], [new[one] for one in new_keys], tolerance):
            lines.append(f"{shown(old_keys, old)}  ->  {shown(new_keys, new)}")
    for key in new:
        if key not in seen and not any(rule.match(key) for rule in added):
            was = f"{key} {json.dumps(old[key])}, said to be gone" if key in old else f"{key} (none)"
            lines.append(f"{was}  ->  {key} {json.dumps(new[key])}")
    return lines, compared


def compare(old, new, rules, tolerance):
    """The same for two files' trees."""
    if "evaluation" not in old and "plan" not in old:
        return differences(old, new, rules, tolerance)
    lines, compared = differences(old.get("evaluation", {}), new.get("evaluation", {}), rules, tolerance)
    exact, of_plan = differences(old.get("plan", {}), new.get("plan", {}), ([], [], []), 0)
    return lines + [f"plan: {line}" for line in exact], compared + of_plan


def read(file):
    with open(file, encoding="utf-8") as stream:
        return json.load(stream)


def rules_of(arguments):
    table = read(arguments.table) if arguments.table else {}
    unknown = set(table) - {"same", "gone", "added"}
    if unknown:
        fail(f"{arguments.table}: unknown keys {sorted(unknown)}; known are same, gone, added")
    same = [Same(left, right) for left, right in table.get("same", {}).items()]
    for rule in arguments.same:
        left, equals, right = rule.partition("=")
        if not equals:
            fail(f"--same: '{rule}' has no =")
        same.append(Same(left, right))
    gone = [pattern(key) for key in table.get("gone", []) + arguments.gone]
    added = [pattern(key) for key in table.get("added", []) + arguments.added]
    return same, gone, added


def main():
    parser = argparse.ArgumentParser(description="Says which figures of two folders of solution files differ.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--table", type=Path, help="rules as JSON")
    parser.add_argument("--same", action="append", default=[], metavar="RULE", help="old = new, or sums of keys")
    parser.add_argument("--gone", action="append", default=[], metavar="KEY", help="no longer there, on purpose")
    parser.add_argument("--added", action="append", default=[], metavar="KEY", help="new, on purpose")
    parser.add_argument("--tolerance", type=float, default=1e-9, help="relative; default 1e-9")
    parser.add_argument("--most", type=int, default=20, help="lines shown of each file; default 20")
    arguments = parser.parse_args()
    rules = rules_of(arguments)

    names = []
    for folder in (arguments.before, arguments.after):
        if not folder.is_dir():
            parser.error(f"no folder {folder}")
        names.append({file.relative_to(folder) for file in folder.rglob("*.json")})
    if not names[0] & names[1]:
        parser.error("the two folders have no JSON file in common")

    compared = 0
    differ = 0
    for name in sorted(names[0] | names[1]):
        if name not in names[0] or name not in names[1]:
            lines, count = [f"only in {arguments.before if name in names[0] else arguments.after}"], 0
        else:
            lines, count = compare(read(arguments.before / name), read(arguments.after / name), rules, arguments.tolerance)
        compared += count
        differ += len(lines)
        if lines:
            print(f"{name}: {len(lines)} differ")
            for line in lines[: arguments.most]:
                print(f"  {line}")
            if len(lines) > arguments.most:
                print(f"  and {len(lines) - arguments.most} more (--most)")
    print(f"{compared} figures of {len(names[0] & names[1])} files compared, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
