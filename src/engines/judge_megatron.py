#!/usr/bin/env python3
"""Has Megatron-core's own code read an exported pipeline layout.

usage: judge_megatron.py FOLDER SOLUTION
"""
import shlex
import sys
import typing

import typing_extensions

import exported

typing.override = typing_extensions.override  # Python 3.12's
from megatron.core.transformer.enums import LayerType
from megatron.core.transformer.pipeline_parallel_layer_layout import PipelineParallelLayerLayout

folder, solution = sys.argv[1:3]
plan = exported.plan(solution)
words = shlex.split(open(folder + "/arguments.txt").read())
value = lambda flag: words[words.index(flag) + 1]
stages = int(value("--pipeline-model-parallel-size"))
wanted = [stage["layers"][1] - stage["layers"][0] + 1 for stage in plan["stages"]]
faults = []
try:
    read = PipelineParallelLayerLayout(value("--pipeline-model-parallel-layout"), stages)
    read.validate_layer_layout(sum(wanted), None)
    layers = [sum(chunk.count(LayerType.decoder) for chunk in stage) for stage in read.layout]
    if layers != wanted:
        faults.append(f"stages hold {layers} layers, the plan's {wanted}")
except BaseException as error:
    faults.append(f"{type(error).__name__}: {error}")
ranks = len(open(folder + "/hosts.txt").read().split())
data = ranks // int(value("--tensor-model-parallel-size")) // stages
if int(value("--global-batch-size")) % (int(value("--micro-batch-size")) * data):
    faults.append("the global batch does not divide over micro-batches and data-parallel ranks")
exported.report(faults)
