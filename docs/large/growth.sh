#!/usr/bin/env bash
# How time and peak memory of the search grow: CSV on standard output, 3,000 moves a layer.
# Run from anywhere; needs GNU time. About four minutes on 2 cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() { # problem, steps
  /usr/bin/time -f '%e %M' -o "$out/time" ./rackplan solve "$1" --steps "$2" -o "$out/solutions" --force >/dev/null 2>&1
  cat "$out/time"
}

echo what,gpus,layers,slots,seconds,peakMB
for size in 24x256 48x256 94x256 48x128 48x512 94x512; do
  echo "{\"name\": \"g\", \"base\": \"$PWD/docs/large/growth.json\", \"set\": {\"model\": \"models/moe-$size.json\"}}" > "$out/g.json"
  read -r seconds kilobytes < <(run "$out/g.json" 3000)
  echo "layers and slots,64,${size%x*},$((${size#*x} + 64)),$seconds,$((kilobytes / 1024))"
done
for replicas in 16 64 256; do
  echo "{\"name\": \"g\", \"base\": \"$PWD/docs/large/deepseek-v3-h100-x2048.json\", \"set\": {\"layout.replicas\": $replicas, \"workload.concurrentSequences\": $((replicas * 4096))}}" > "$out/g.json"
  read -r seconds kilobytes < <(run "$out/g.json" 3000)
  echo "instances,$((replicas * 64)),58,320,$seconds,$((kilobytes / 1024))"
done
