#!/usr/bin/env python3
"""Has torchtitan's own parser and mesh read exported arguments.

usage: judge_torchtitan.py FOLDER SOLUTION      Shapes are of a model that torchtitan can build anywhere: arguments name no shape.
"""
import shlex
import sys

import exported
import spmd_types  # noqa: F401
from torch.distributed.pipelining.schedules import PipelineScheduleMulti, get_schedule_class
from torchtitan.config.manager import ConfigManager
from torchtitan.distributed.parallel_dims import ParallelDims

folder, solution = sys.argv[1:3]
plan = exported.plan(solution)
words = shlex.split(open(folder + "/arguments.txt").read())
ranks = len(open(folder + "/hosts.txt").read().split())
wanted = [stage["layers"][1] - stage["layers"][0] + 1 for stage in plan["stages"]]
faults = []
try:
    mixture = "--parallelism.expert_parallel_degree" in words
    base = ["--module", "deepseek_v3" if mixture else "llama3", "--config", "deepseek_v3_16b" if mixture else "llama3_8b"]
    config = ConfigManager().parse_args(base + ["--hf_assets_path", "."] + words)
    dims = ParallelDims.from_config(config.parallelism, ranks)
    stages = config.parallelism.pipeline_parallel_degree
    training = config.training
    data = dims.dp_replicate * dims.dp_shard
    if training.global_batch_size % (training.local_batch_size * data):
        faults.append("the global batch does not divide over local batches and data-parallel ranks")
    if (data * dims.cp * dims.tp) % dims.ep:
        faults.append("experts do not divide over data, context and tensor ranks")
    if stages > 1:
        parts = config.parallelism.module_fqns_per_model_part
        looped = issubclass(get_schedule_class(config.parallelism.pipeline_parallel_schedule), PipelineScheduleMulti)
        if len(parts) % stages or (len(parts) == stages) == looped:
            faults.append(f"{len(parts)} parts for {stages} stages")
        layers = [sum(name.startswith("layers.") for part in parts[rank::stages] for name in part) for rank in range(stages)]
        if layers != wanted:
            faults.append(f"stages hold {layers} layers, the plan's {wanted}")
        every = [name for part in parts for name in part]
        if every != ["tok_embeddings"] + [f"layers.{i}" for i in range(sum(wanted))] + ["norm", "lm_head"]:
            faults.append("parts do not hold every module once and in order")
        if training.local_batch_size % config.parallelism.pipeline_parallel_microbatch_size:
            faults.append("the local batch does not divide over micro-batches")
except BaseException as error:
    faults.append(f"{type(error).__name__}: {error}")
exported.report(faults)
