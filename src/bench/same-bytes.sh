#!/usr/bin/env bash
# Are plans the same bytes on several JDKs, with one thread and two?
#
#   [STEPS=200] [SEED=1] [TIMES=2] src/bench/same-bytes.sh JAVA_HOME... [-- PROBLEM...]
#
# `./rackplan solve` of each problem (llama-3.1-405b-decode-h100 and gpt-oss-120b-decode-h100 without any) on each JDK,
# with 1 and 2 threads, TIMES times each. Prints the SHA-256 of every solution; exit code 1 where two of a problem differ.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
homes=()
while (($# > 0)) && [[ $1 != -- ]]; do
  homes+=("$1")
  shift
done
if ((${#homes[@]} == 0)); then
  echo 'same-bytes.sh: give the folders of JDKs' >&2
  exit 2
fi
problems=("${@:2}")
if ((${#problems[@]} == 0)); then
  problems=("$root"/problems/{llama-3.1-405b,gpt-oss-120b}-decode-h100.json)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/rackplan" --version >/dev/null
differ=0
for problem in "${problems[@]}"; do
  name=$(basename "$problem")
  first=
  for home in "${homes[@]}"; do
    version=$(sed -n 's/^JAVA_VERSION="\(.*\)"$/\1/p' "$home/release")
    for threads in 1 2; do
      for ((time = 1; time <= ${TIMES:-2}; time++)); do
        # Always the same place: a solution names its problem by a path from there.
        rm -rf "$work/out"
        JAVA_HOME=$home "$root/rackplan" solve "$problem" --steps "${STEPS:-200}" --seed "${SEED:-1}" \
          --threads "$threads" -o "$work/out" >/dev/null 2>&1
        read -r hash _ < <(sha256sum "$work/out/$name")
        printf '%s  %s, Java %s, %s thread(s), time %s\n' "$hash" "$name" "$version" "$threads" "$time"
        first=${first:-$hash}
        [[ $hash == "$first" ]] || differ=1
      done
    done
  done
done
((differ == 0)) && echo 'all solutions of a problem are the same bytes'
exit "$differ"
