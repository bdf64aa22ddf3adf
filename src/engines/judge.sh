#!/usr/bin/env bash
# Exports every committed solution for every target, has the engines' own code read it, and prints the table of docs/engines.md.
#   src/engines/judge.sh MODELS [FOLDER]   MODELS: MODELS/NAME/config.json of Hugging Face, by the models' names in problems
#                                          FOLDER: what setup.sh filled, default target/engines
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
models=$(cd "$1" && pwd)
folder=$(cd "${2:-target/engines}" && pwd)
out=$(mktemp -d)
export LD_LIBRARY_PATH=$folder/stub CUDA_HOME=${CUDA_HOME:-/usr}
scripts=src/engines

# Of a solution: its model, and compute capability and GiB of its GPUs.
facts() {
  "$folder/sglang/bin/python" - "$1" <<'PYTHON'
import json, os, sys
solution = sys.argv[1]
problem = os.path.join(os.path.dirname(solution), json.load(open(solution))["problem"])
asked = json.load(open(problem))
topology = json.load(open(os.path.join(os.path.dirname(problem), asked["topology"])))
gpu = next((word for word in ("gb200", "b200", "h200") if word in topology["gpu"]), "h100")
print(asked["model"], *{"gb200": ("10.0", 186), "b200": ("10.0", 180), "h200": ("9.0", 141), "h100": ("9.0", 80)}[gpu])
PYTHON
}

# Of one export: each pool's files by the engine, and what stands before them by its own parser and program.
judge() {
  local target=$1 files=$2 solution=$3 pool
  shift 3
  if [[ -d $files/decode ]]; then
    for pool in "$files"/*/; do
      pool=$(basename "$pool")
      judge_pool "$target" "$files/$pool" "${solution%-decode.json}-$pool.json" "$@" || return 1
    done
  else
    judge_pool "$target" "$files" "$solution" "$@" || return 1
  fi
  if [[ $target =~ ^(sglang|vllm)$ && -e $files/router.sh ]]; then
    "$folder/router-$target/bin/python" $scripts/judge_router.py "$target" "$files" \
      && "$folder/router-$target/bin/python" $scripts/dry_run.py "$target" "$files" "$folder/router-$target/bin"
  fi
}

judge_pool() {
  local target=$1 files=$2 solution=$3 model=$4 capability=$5 gib=$6
  case $target in
    sglang) "$folder/sglang/bin/python" $scripts/judge_sglang.py "$files" "$solution" "$models/$model" "$capability" "$gib" ;;
    vllm) "$folder/vllm/bin/python" $scripts/judge_vllm.py "$files" "$solution" "$models/$model" "$capability" "$gib" ;;
    vllm-ascend) "$folder/sglang/bin/python" $scripts/judge_ascend.py "$files" "$solution" "$folder/ascend" ;;
    megatron) PYTHONPATH=$folder/megatron "$folder/sglang/bin/python" $scripts/judge_megatron.py "$files" "$solution" ;;
    megatron-bridge) PYTHONPATH=$folder/bridge "$folder/training/bin/python" $scripts/judge_bridge.py "$files" "$solution" "$models/$model" "$capability" ;;
    torchtitan) "$folder/training/bin/python" $scripts/judge_torchtitan.py "$files" "$solution" ;;
    slurm) if command -v sbatch > /dev/null && [[ -n ${SLURM_CONF:-} ]]; then (cd "$files" && sbatch --test-only job.sbatch ./launch.sh); fi ;;
    kubernetes) kubectl create --dry-run=client --validate=false -o name -f "$files/manifest.yaml" 2> /dev/null || grep -q '^kind: LeaderWorkerSet' "$files/manifest.yaml" ;;
    trtllm) ;;
  esac
}

checked() {
  local script
  for script in "$1"/*.sh "$1"/*.sbatch "$1"/*/*.sh; do
    [[ -e $script ]] || continue
    bash -n "$script"
    if command -v shellcheck > /dev/null; then shellcheck -S warning "$script"; fi
  done
}

printf '| solution | sglang | vllm | vllm-ascend | trtllm | megatron | megatron-bridge | torchtitan | slurm | kubernetes |\n|---|---|---|---|---|---|---|---|---|---|\n'
while read -r solution; do
  name=$(basename "$solution" .json)
  case $solution in
    serving/*-prefill.json | */serving/*-prefill.json) continue ;; # comes with its decode pool
    serving/*-decode.json | */serving/*-decode.json) name=${name%-decode} ;;
  esac
  read -r model capability gib < <(facts "$solution")
  printf '| %s |' "$name"
  for target in sglang vllm vllm-ascend trtllm megatron megatron-bridge torchtitan slurm kubernetes; do
    log=$out/$name.$target.log
    if ! ./rackplan export "$solution" --for $target -o "$out" > "$log" 2>&1; then
      reason=$(sed -n '1s/.*no export for [a-z-]*: //p' "$log" | sed 's/^it would not start: //; s/ ([^()]*)$//')
      printf ' refused: %s |' "${reason:-see $log}"
    elif judge $target "$out/$name/$target" "$solution" "$model" "$capability" "$gib" >> "$log" 2>&1 && checked "$out/$name/$target" >> "$log" 2>&1; then
      if [[ $target == trtllm ]]; then printf ' written |'; else printf ' accepted |'; fi
    else
      printf ' **not accepted**, %s |' "$log"
    fi
  done
  printf '\n'
done < <(find solutions -name '*.json' | sort)
