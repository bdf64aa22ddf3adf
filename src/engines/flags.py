#!/usr/bin/env python3
"""Prints the names of an engine's flags, one a line, for src/main/resources/dev/rackplan/export/flags.

usage: flags.py sglang | vllm | megatron | sglang-router | vllm-router | torchtitan | megatron-bridge ; run in the environment
that setup.sh makes for it. torchtitan's and Megatron Bridge's are keys of their configurations, for src/test/resources.
TensorRT-LLM's package needs CUDA to be imported: its names are those of the click options of `serve` in
tensorrt_llm/commands/serve.py. Megatron-LM's parser stands in its tree, not in the core package: megatron TREE.
"""
import re
import sys


def of_parser(parser):
    return sorted({name for action in parser._actions for name in action.option_strings if name.startswith("--")})


def sglang():
    import argparse
    from sglang.srt.server_args import ServerArgs
    parser = argparse.ArgumentParser()
    ServerArgs.add_cli_args(parser)
    return of_parser(parser)


def vllm():
    import fake_gpus
    fake_gpus.install_vllm()
    from vllm.entrypoints.common.cli_args import make_arg_parser
    from vllm.utils.argparse_utils import FlexibleArgumentParser
    return of_parser(make_arg_parser(FlexibleArgumentParser()))


def megatron():
    sys.path.insert(0, sys.argv[2])
    import argparse
    from megatron.training.arguments import add_megatron_arguments
    return of_parser(add_megatron_arguments(argparse.ArgumentParser()))


def router(package):
    import argparse
    import importlib
    parser = argparse.ArgumentParser()
    importlib.import_module(package + ".router_args").RouterArgs.add_cli_args(parser, use_router_prefix=False)
    return of_parser(parser)


def sglang_router():
    return router("sglang_router")


def vllm_router():
    return router("vllm_router")


def keys(**sections):
    import dataclasses
    return sorted(f"{name}.{field.name}" for name, section in sections.items() for field in dataclasses.fields(section))


def torchtitan():
    from torchtitan.config import CompileConfig, ParallelismConfig, TrainingConfig
    return keys(parallelism=ParallelismConfig, training=TrainingConfig, compile=CompileConfig)


def megatron_bridge():
    import fake_te
    fake_te.install()
    from megatron.bridge.models.gpt_provider import GPTModelProvider
    from megatron.bridge.training import config
    return keys(model=GPTModelProvider, train=config.TrainingConfig, optimizer=config.OptimizerConfig,
                ddp=config.DistributedDataParallelConfig, dist=config.DistributedInitConfig, rng=config.RNGConfig,
                checkpoint=config.CheckpointConfig, mixed_precision=config.MixedPrecisionConfig)


if __name__ == "__main__":
    for flag in globals()[sys.argv[1].replace("-", "_")]():
        print(flag)
