#!/usr/bin/env bash
# CPU time (user + system) of judging committed solutions, with two builds in turn.
#
#   src/bench/cpu-time.sh [-n PAIRS] BEFORE AFTER NAME...
#
# BEFORE and AFTER are the roots of two checkouts; each is built first if need be. NAME names a problem, such as
# kimi-k2-decode-h200: `./rackplan evaluate problems/NAME.json --solution solutions/NAME.json` runs in each checkout on its
# own files. Prints each pair, the medians, and the ratio after / before of each pair. PAIRS: 5.
set -euo pipefail
# shellcheck source=src/bench/pairs.sh
source "$(dirname "${BASH_SOURCE[0]}")/pairs.sh"

measure() (
  cd "$1"
  TIMEFORMAT='%U %S'
  times=$({ time ./rackplan evaluate "problems/$2.json" --solution "solutions/$2.json" >/dev/null 2>&1; } 2>&1) \
    || fail "evaluate of $2 failed in $1"
  awk '{ printf "%.2f", $1 + $2 }' <<<"$times"
)

measure_pairs 's of CPU time' "$@"
