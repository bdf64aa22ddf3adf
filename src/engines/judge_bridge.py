#!/usr/bin/env python3
"""Has Megatron Bridge's own code apply exported overrides to a configuration, and check the whole.

usage: judge_bridge.py FOLDER SOLUTION MODEL CAPABILITY      MODEL: folder of the model's config.json; CAPABILITY of the GPUs, as 9.0
"""
import json
import logging
import sys
import types

import exported
import fake_te

fake_te.install()
import torch
from megatron.bridge.models.gpt_provider import GPTModelProvider
from megatron.bridge.training import config as bridge
from megatron.bridge.training.mixed_precision import get_mixed_precision_config
from megatron.bridge.training.utils.omegaconf_utils import process_config_with_overrides
from megatron.core.transformer.enums import LayerType

folder, solution, model, capability = sys.argv[1:5]
major, minor = map(int, capability.split("."))
name = "NVIDIA GB200" if major >= 10 else "NVIDIA H100"
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(major=major, minor=minor, name=name)
plan = exported.plan(solution)
shape = json.load(open(model + "/config.json"))
overrides = open(folder + "/overrides.txt").read().splitlines()
ranks = len(open(folder + "/hosts.txt").read().split())
wanted = [stage["layers"][1] - stage["layers"][0] + 1 for stage in plan["stages"]]
faults = []

# The applier skips what it does not know, with a warning.
warnings = []
listener = logging.Handler()
listener.emit = lambda record: warnings.append(record.getMessage())
logging.getLogger("megatron.bridge.training.utils.omegaconf_utils").addHandler(listener)
logging.getLogger("megatron.bridge.training.utils.omegaconf_utils").setLevel(logging.WARNING)


def recipe():
    experts = shape.get("num_local_experts") or shape.get("num_experts") or shape.get("n_routed_experts")
    mixture = {"num_moe_experts": experts, "add_bias_linear": False, "moe_router_topk": shape["num_experts_per_tok"],
               "moe_ffn_hidden_size": shape.get("moe_intermediate_size", shape["intermediate_size"])} if experts else {}
    container = bridge.ConfigContainer(
        model=GPTModelProvider(
            num_layers=sum(wanted), hidden_size=shape["hidden_size"], num_attention_heads=shape["num_attention_heads"],
            num_query_groups=shape.get("num_key_value_heads", shape["num_attention_heads"]),
            ffn_hidden_size=shape["intermediate_size"], pipeline_dtype=torch.bfloat16, bf16=True, **mixture),
        train=bridge.TrainingConfig(train_iters=10),
        optimizer=bridge.OptimizerConfig(lr=1e-4, bf16=True),
        scheduler=bridge.SchedulerConfig(lr_decay_iters=10),
        ddp=bridge.DistributedDataParallelConfig(),
        dataset=bridge.MockGPTDatasetConfig(seq_length=4096, random_seed=1, reset_position_ids=False,
                                            reset_attention_mask=False, eod_mask_loss=False),
        logger=bridge.LoggerConfig(), tokenizer=bridge.TokenizerConfig(tokenizer_type="NullTokenizer", vocab_size=1000),
        checkpoint=bridge.CheckpointConfig(), mixed_precision=get_mixed_precision_config("bf16_mixed"))
    return container


try:
    config = process_config_with_overrides(recipe(), cli_overrides=overrides)
    lost = [warning for warning in warnings if "dataset" not in warning and "seq_length" not in warning and "sequence_length" not in warning]
    if lost:
        faults.append(lost[0])
    if isinstance(config.mixed_precision, str):
        config.mixed_precision = get_mixed_precision_config(config.mixed_precision)
    config.mixed_precision.finalize()
    config.mixed_precision.setup(config.model, config.optimizer, config.ddp)
    config.model.finalize()
    read = config.model.pipeline_model_parallel_layout
    layers = [sum(chunk.count(LayerType.decoder) for chunk in stage) for stage in read.layout]
    if layers != wanted:
        faults.append(f"stages hold {layers} layers, the plan's {wanted}")
    bridge.get_world_size_safe = lambda: ranks
    config.set_data_parallel_size()
    if config.train.global_batch_size % (config.train.micro_batch_size * config.data_parallel_size):
        faults.append("the global batch does not divide over micro-batches and data-parallel ranks")
    config.validate()
except BaseException as error:
    faults.append(f"{type(error).__name__}: {error}")
exported.report(faults)
