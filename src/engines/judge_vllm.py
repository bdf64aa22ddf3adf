#!/usr/bin/env python3
"""Has vLLM's own code read an export: the parser of `vllm serve` and the engine's configuration, of the first and last host.

usage: judge_vllm.py FOLDER SOLUTION MODEL [CAPABILITY GIB]   MODEL: folder with the model's config.json
"""
import json
import os
import sys

import exported
import fake_gpus

folder, solution, model = sys.argv[1:4]
capability = tuple(int(part) for part in (sys.argv[4] if len(sys.argv) > 4 else "9.0").split("."))
gib = float(sys.argv[5]) if len(sys.argv) > 5 else 80.0
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["VLLM_LOGGING_LEVEL"] = "ERROR"
fake_gpus.install_vllm(capability, gib)

from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.common.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.usage.usage_lib import UsageContext
from vllm.utils.argparse_utils import FlexibleArgumentParser

plan = exported.plan(solution)
layout = plan["layout"]
faults = []
rows = exported.table(folder)
for host, which in ((rows[0][0], 0), (rows[-1][0], -1)):
    words = exported.started(folder, host, model)[which]
    exported.settings(words, "VLLM_")
    try:
        given = make_arg_parser(FlexibleArgumentParser()).parse_args(words[words.index("serve") + 1:])
        if getattr(given, "model_tag", None):
            given.model = given.model_tag
        validate_parsed_serve_args(given)
        engine = AsyncEngineArgs.from_cli_args(given)
        made = engine.create_engine_config(UsageContext.OPENAI_API_SERVER, headless=getattr(given, "headless", False))
    except SystemExit as error:
        faults.append(f"{host}: the parser exits {error.code}")
        continue
    except BaseException as error:
        faults.append(f"{host}: {type(error).__name__}: {str(error)[:300]}")
        continue
    parallel = made.parallel_config
    role = {"prefill": "kv_producer", "decode": "kv_consumer"}.get(exported.role(folder))
    if (made.kv_transfer_config.kv_role if made.kv_transfer_config else None) != role:
        faults.append(f"{host}: hands KV caches over as {made.kv_transfer_config}")
    if parallel.tensor_parallel_size != layout["attentionTensorParallel"] or parallel.pipeline_parallel_size != layout["pipelineStages"]:
        faults.append(f"{host}: degrees are {parallel.tensor_parallel_size} and {parallel.pipeline_parallel_size}")
    for name, planned, read in (
            ("data parallel", exported.attention_ranks(plan), parallel.data_parallel_size),
            ("expert parallel", layout["expertParallel"] > 1, parallel.enable_expert_parallel),
            ("max_num_seqs", given.max_num_seqs, made.scheduler_config.max_num_seqs),
            ("max_num_batched_tokens", given.max_num_batched_tokens, made.scheduler_config.max_num_batched_tokens),
            ("max_model_len", given.max_model_len, made.model_config.max_model_len),
            ("block_size", given.block_size, made.cache_config.block_size),
            ("gpu_memory_utilization", given.gpu_memory_utilization, made.cache_config.gpu_memory_utilization),
            ("all2all_backend", given.all2all_backend, parallel.all2all_backend)):
        if planned is not None and planned != read:
            faults.append(f"{host}: {name} is {read}, not {planned}")
    print(f"NOTE {host}: KV cache {made.cache_config.cache_dtype}, weights {made.model_config.quantization}, {made.model_config.dtype},"
          f" chunked {made.scheduler_config.enable_chunked_prefill}, prefix {made.cache_config.enable_prefix_caching}")
    if parallel.data_parallel_hybrid_lb:
        faults.append(f"{host}: balances over its own engines alone")
    if parallel.pipeline_parallel_size > 1:
        from vllm.distributed.utils import get_pp_indices

        config = json.load(open(os.path.join(model, "config.json")))
        layers = config.get("text_config", config)["num_hidden_layers"]
        read = [get_pp_indices(layers, rank, parallel.pipeline_parallel_size) for rank in range(parallel.pipeline_parallel_size)]
        if [[first, end - 1] for first, end in read] != [stage["layers"] for stage in plan["stages"]]:
            faults.append(f"{host}: stages are {read}")
exported.report(faults)
