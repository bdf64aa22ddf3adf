#!/usr/bin/env bash
# Installs the engines' packages into environments of their own: 20 GB, mostly CUDA libraries, of which no kernel is run.
#   src/engines/setup.sh [FOLDER]      default: target/engines
# Needs Python 3.11 or newer, gcc and nm; shellcheck and Slurm's sbatch are used by judge.sh where they are installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=${1:-target/engines}
mkdir -p "$folder/stub" "$folder/megatron" "$folder/bridge" "$folder/ascend"
environment() {
  [[ -x $folder/$1/bin/python ]] || python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install -q --disable-pip-version-check "${@:2}"
}
environment sglang 'sglang==0.5.23'
environment vllm 'vllm==0.33.0'
# Dynamo's workers, without the engines that they ask for: those are there.
for engine in sglang vllm; do
  "$folder/$engine/bin/pip" install -q --disable-pip-version-check --no-deps 'ai-dynamo==1.6.1' 'ai-dynamo-runtime==1.6.1'
done
environment router-sglang 'sglang-router==0.3.2'
environment router-vllm 'vllm-router==0.1.17'
"$folder/sglang/bin/pip" install -q --no-deps --target "$folder/megatron" 'megatron-core==0.16.1'
environment training 'torchtitan==0.3.0' torchao 'transformers<5' omegaconf hydra-core rich six
"$folder/training/bin/pip" install -q --no-deps --target "$folder/bridge" 'megatron-bridge==0.3.1' 'megatron-core==0.16.1'
if [[ ! -d $folder/ascend/vllm_ascend ]]; then
  url=$("$folder/sglang/bin/python" - <<'PYTHON'
import json, urllib.parse, urllib.request
index = "https://pypi.org/pypi/vllm-ascend/json"
release = json.load(urllib.request.urlopen(index))["releases"]["0.23.0.post1"]
# Mirrors give addresses relative to the index.
print(urllib.parse.urljoin(index, next(file["url"] for file in release if file["filename"].endswith(".tar.gz"))))
PYTHON
  )
  curl -sSfL "$url" | tar xz -C "$folder/ascend" --strip-components 1
fi
# A libcuda whose every function says that there is no device: kernels' libraries want one to be loaded.
find "$folder"/{sglang,vllm}/lib -name '*.so*' -exec nm -D --undefined-only {} + 2>/dev/null \
  | awk '{sub(/@.*/, "", $NF); print $NF}' | grep -E '^cu[A-Z]' \
  | grep -vE '^cu(blas|rand|solver|sparse|fft|da|file|dnn|pti|tensor)' | sort -u \
  | sed 's/.*/int &() { return 100; }/' > "$folder/stub/cuda.c"
gcc -w -shared -fPIC -o "$folder/stub/libcuda.so.1" "$folder/stub/cuda.c"
