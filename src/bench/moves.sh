#!/usr/bin/env bash
# Moves that the search scores in a second, with two builds in turn.
#
#   [TIME=5s] src/bench/moves.sh [-n PAIRS] BEFORE AFTER NAME...
#
# BEFORE and AFTER are the roots of two checkouts; each is built first if need be. NAME names a problem, such as
# kimi-k2-decode-h200: `./rackplan benchmark problems/NAME.json --time-limit TIME --seeds 1 --json` runs in each checkout on
# its own files; read is `movesPerSecond` of the placer `rackplan`. Prints each pair, the medians, and the ratio
# after / before of each pair. PAIRS: 5. Needs python3. The machine should have nothing else to do: this is wall-clock time.
set -euo pipefail
# shellcheck source=src/bench/pairs.sh
source "$(dirname "${BASH_SOURCE[0]}")/pairs.sh"

measure() (
  cd "$1"
  ./rackplan benchmark "problems/$2.json" --time-limit "${TIME:-5s}" --seeds 1 --json 2>/dev/null \
    | python3 -c 'import json, sys
rows = json.load(sys.stdin)[0]["placers"]
print(round(next(row["movesPerSecond"] for row in rows if row["placer"] == "rackplan")))'
)

measure_pairs moves/s "$@"
