#!/usr/bin/env python3
"""Has vllm-ascend's own code read an exported map; its functions are taken out of the source tree, as the package needs NPUs.

usage: judge_ascend.py FOLDER SOLUTION TREE   TREE: the unpacked source distribution
"""
import ast
import json
import logging
import os
import sys
import types
from collections import defaultdict

import numpy
import torch

import exported

folder, solution, tree = sys.argv[1:4]
plan = exported.plan(solution)
path = os.path.abspath(os.path.join(folder, "expert-map.json"))
if not os.path.exists(path):
    exported.report([])
torch.Tensor.npu = lambda tensor: tensor
names = dict(json=json, torch=torch, np=numpy, os=os, defaultdict=defaultdict, logger=logging.getLogger(), determine_expert_map=None)
for file, wanted in (
        ("vllm_ascend/eplb/core/eplb_utils.py", {"expert_file_to_tensor", "generate_log2phy_map", "init_eplb_config", "generate_global_placement"}),
        ("vllm_ascend/ascend_config.py", {"EplbConfig"})):
    parsed = ast.parse(open(os.path.join(tree, file)).read())
    parsed.body = [part for part in parsed.body if getattr(part, "name", None) in wanted]
    exec(compile(parsed, file, "exec"), names)
config = names["EplbConfig"]({"expert_map_path": path})
layout = plan["layout"]
ranks, tensor = layout["expertParallel"], layout["attentionTensorParallel"]
faults = []
for index, (layer, row) in enumerate(sorted(plan["experts"].items(), key=lambda entry: int(entry[0]))):
    experts = len(set(row))
    placed, count = names["expert_file_to_tensor"](path, index)
    if placed.flatten().tolist() != row or count != len(row):
        faults.append(f"layer {layer} is not the plan's")
    for rank in sorted({0, ranks // 2, ranks - 1}):
        moe = types.SimpleNamespace(num_experts=experts, ep_size=ranks, ep_rank=rank)
        slots = names["init_eplb_config"](config, index, moe, tp_size=tensor)[2]
        wrong = [expert for expert in range(experts) if row[int(slots[expert])] != expert]
        if wrong:
            faults.append(f"layer {layer}, rank {rank}: experts {wrong[:3]} go to slots of others")
exported.report(faults[:5])
