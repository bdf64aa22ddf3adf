#!/usr/bin/env python3
"""Has Megatron-LM's own parser read exported arguments, and check the whole.

usage: judge_megatron_arguments.py SOURCE FOLDER MODEL CAPABILITY
SOURCE: Megatron-LM's source tree; MODEL: folder of the model's config.json; CAPABILITY of the GPUs, as 9.0
"""
import json
import os
import re
import shlex
import sys
import types
import typing

import typing_extensions

import exported
import fake_te

typing.override = typing_extensions.override  # Python 3.12's
fake_te.install()
import torch

source, folder, model, capability = sys.argv[1:5]
sys.path.insert(0, source)
major, minor = map(int, capability.split("."))
torch.cuda.get_device_capability = lambda *_: (major, minor)
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(major=major, minor=minor, name="GPU")
shape = json.load(open(model + "/config.json"))
words = shlex.split(open(folder + "/arguments.txt").read())
ranks = len(open(folder + "/hosts.txt").read().split())
os.environ.update(WORLD_SIZE=str(ranks), RANK="0", NVTE_CPU_OFFLOAD_V1="1")
for name, value in re.findall(r"^export (\w+)=(\S+)$", open(folder + "/launch.sh").read(), re.MULTILINE):
    os.environ[name] = value
# What is the user's to add.
given = {"--num-layers": shape["num_hidden_layers"], "--hidden-size": shape["hidden_size"],
         "--num-attention-heads": shape["num_attention_heads"], "--ffn-hidden-size": shape["intermediate_size"],
         "--num-query-groups": shape.get("num_key_value_heads", shape["num_attention_heads"]),
         "--max-position-embeddings": 1 << 20, "--tokenizer-type": "NullTokenizer", "--vocab-size": 1000, "--lr": 1e-4,
         "--train-iters": 10}
experts = shape.get("num_local_experts") or shape.get("num_experts") or shape.get("n_routed_experts")
if experts:
    given.update({"--num-experts": experts, "--moe-router-topk": shape["num_experts_per_tok"],
                  "--moe-ffn-hidden-size": shape.get("moe_intermediate_size", shape["intermediate_size"])})
own = [str(word) for pair in given.items() for word in pair]
sys.argv = ["train", "--group-query-attention", "--disable-bias-linear", *own, *(["--moe-grouped-gemm"] if experts else []), *words]
faults = []
try:
    from megatron.training import arguments
    read = arguments.parse_args()
    read.world_size = ranks
    arguments.validate_args(read)
except BaseException as error:
    faults.append(f"{type(error).__name__}: {error}")
exported.report(faults)
