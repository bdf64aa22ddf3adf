#!/usr/bin/env bash
# Has the engines' own code read what `rackplan plan --write DIR` wrote: each pool's arguments, the router's, and a dry run of it.
#   src/engines/judge_plan.sh DIR MODEL CAPABILITY GIB [FOLDER]
#     MODEL: folder with the model's config.json; compute capability (9.0) and GiB of a GPU; FOLDER: what setup.sh filled
set -euo pipefail
written=$(cd "$1" && pwd)
model=$(cd "$2" && pwd)
capability=$3 gib=$4
cd "$(dirname "${BASH_SOURCE[0]}")"
folder=$(cd "${5:-../../target/engines}" && pwd)
export LD_LIBRARY_PATH=$folder/stub CUDA_HOME=${CUDA_HOME:-/usr}

for script in "$written"/*.sh "$written"/*/*.sh; do
  [[ -e $script ]] || continue
  bash -n "$script"
  if command -v shellcheck > /dev/null; then shellcheck -S warning "$script"; fi
done
for solution in "$written"/*-solution.json; do
  pool=$(basename "$solution" -solution.json)
  engine=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["engine"]["name"])' "$written/$pool-problem.json")
  if [[ ! -e $written/$pool/launch.sh ]]; then
    echo "$pool: no launch file was written"
    exit 1
  fi
  case $engine in
    sglang | vllm)
      "$folder/$engine/bin/python" "judge_$engine.py" "$written/$pool" "$solution" "$model" "$capability" "$gib" 2>&1 \
        | grep -E '^(FAULT|NOTE|ACCEPTED|REFUSED|Traceback|[A-Za-z]*Error)' | sed "s/^/$pool: /" ;;
    tensorrt-llm) python3 judge_tensorrt.py "${TENSORRT_LLM:?a source tree of TensorRT-LLM}" "$written/$pool" | sed "s/^/$pool: /" ;;
    *) echo "$pool: no judge for $engine" ;;
  esac
done
if [[ $engine =~ ^(sglang|vllm)$ && -e $written/router.sh ]]; then
  "$folder/router-$engine/bin/python" judge_router.py "$engine" "$written" | sed 's/^/router: /'
  "$folder/router-$engine/bin/python" dry_run.py "$engine" "$written" "$folder/router-$engine/bin" | sed 's/^/dry run: /'
fi
