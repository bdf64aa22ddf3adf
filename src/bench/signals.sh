#!/usr/bin/env bash
# What signals leave of searches on a loaded machine.
#
#   [LOAD=20] [SEED=1] [PROBLEM=gpt-oss-120b-decode-h100] src/bench/signals.sh [-n SIGNALS]
#
# `./rackplan solve` of a committed problem, and in every fourth run of three, gets SIGINT, SIGTERM or SIGKILL at a random
# moment up to 3 s after its first plan is there; LOAD busy loops run from that plan on until it ended. Then: is the exit
# code the signal's, is each solution file still there that was there before, and does every one pass `rackplan verify`
# (all at the end, without the load). Prints a line for each signal and a table; exit code 1 where a plan was lost.
# Ends the processes that it starts by their ids. SIGNALS: 20.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
signals=20
while getopts n: option; do
  case $option in
    n) signals=$OPTARG ;;
    *) exit 2 ;;
  esac
done
load=${LOAD:-20}
problem=$root/problems/${PROBLEM:-gpt-oss-120b-decode-h100}.json
batch=()
for name in gpt-oss-120b-decode-h100 llama-3.1-405b-decode-h100 qwen3-235b-decode-b200; do
  batch+=("$root/problems/$name.json")
done
RANDOM=${SEED:-1}

# Background processes of a shell without job control would ignore SIGINT.
set -m
work=$(mktemp -d)
busy=()
finish() {
  local each
  for each in "${busy[@]}" ${pid:-}; do kill -KILL "$each" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

"$root/rackplan" --version >/dev/null
for ((i = 0; i < load; i++)); do
  (while :; do :; done) &
  busy+=($!)
  # Else bash tells of its end.
  disown
done
kill -STOP "${busy[@]}"

plans() { find "$1" -maxdepth 1 -name '*.json' 2>/dev/null | sort; }

declare -A sent=() lost=() torn=() wrong=() halted=()
name_of=()
checked=0
names=(INT TERM KILL)
codes=(130 143 137)
for ((run = 1; run <= signals; run++)); do
  kind=$((RANDOM % 3))
  name=${names[kind]}
  after=$(awk -v r=$RANDOM 'BEGIN { printf "%.2f", 3 * r / 32768 }')
  if ((run % 4 == 0)); then what=batch files=("${batch[@]}"); else what=single files=("$problem"); fi
  out=$work/$run
  "$root/rackplan" solve "${files[@]}" -o "$out" --time-limit 10m --parallel "${#files[@]}" >"$work/out" 2>"$work/err" &
  pid=$!
  until [[ -n $(plans "$out") ]]; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/err" >&2; exit 2; }
    sleep 0.1
  done
  kill -CONT "${busy[@]}"
  sleep "$after"
  before=$(plans "$out")
  begun=$SECONDS
  kill -"$name" "$pid"
  code=0
  wait "$pid" 2>/dev/null || code=$?
  pid=
  kill -STOP "${busy[@]}"
  sent[$name]=$((${sent[$name]:-0} + 1))
  state=held
  if ((code != codes[kind])); then wrong[$name]=$((${wrong[$name]:-0} + 1)); state="exit code $code"; fi
  for plan in $before; do
    if [[ ! -f $plan ]]; then lost[$name]=$((${lost[$name]:-0} + 1)); state=lost; fi
  done
  if ! grep -q 'best so far$' "$work/err" && [[ $name != KILL ]]; then halted[$name]=$((${halted[$name]:-0} + 1)); fi
  printf '%3d %-4s %-6s %5s s after the first plan, exit code %d after %d s, %d plans: %s\n' \
    "$run" "$name" "$what" "$after" "$code" $((SECONDS - begun)) "$(plans "$out" | wc -l)" "$state"
  name_of[run]=$name
done

verified=$work/verified
"$root/rackplan" verify "$work"/[0-9]* >"$verified" 2>&1 || true
for ((run = 1; run <= signals; run++)); do
  for plan in $(plans "$work/$run"); do
    checked=$((checked + 1))
    if ! grep -qxF "$plan: holds" "$verified"; then
      torn[${name_of[run]}]=$((${torn[${name_of[run]}]:-0} + 1))
      grep -F -A 2 "$plan" "$verified" || true
    fi
  done
done

printf '\nload %d, %d processors, %d plans verified\n%-6s %5s %10s %5s %14s %26s\n' "$load" "$(nproc)" "$checked" \
  signal sent 'wrong code' lost 'does not hold' 'ended before a last write'
for name in "${names[@]}"; do
  printf '%-6s %5d %10d %5d %14d %26s\n' "$name" "${sent[$name]:-0}" "${wrong[$name]:-0}" "${lost[$name]:-0}" \
    "${torn[$name]:-0}" "$([[ $name == KILL ]] && echo - || echo "${halted[$name]:-0}")"
done
((${#lost[@]} + ${#torn[@]} + ${#wrong[@]} == 0))
