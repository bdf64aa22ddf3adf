#!/usr/bin/env python3
"""Has SGLang's own code read an export: arguments, their resolution, ports, stages and the expert map.

usage: judge_sglang.py FOLDER SOLUTION MODEL [CAPABILITY GIB]   MODEL: folder with the model's config.json
"""
import json
import os
import sys
import types

import exported
import fake_gpus

folder, solution, model = sys.argv[1:4]
capability = tuple(int(part) for part in (sys.argv[4] if len(sys.argv) > 4 else "9.0").split("."))
gib = float(sys.argv[5]) if len(sys.argv) > 5 else 80.0
fake_gpus.stub_modules("deep_gemm", "deep_gemm.utils", "deep_gemm.utils.layout", "deep_gemm.jit_kernels")
os.environ.setdefault("CUDA_HOME", "/usr")
fake_gpus.install(capability, gib)
plan = exported.plan(solution)
layout = plan["layout"]
faults = []
words = exported.started(folder, exported.table(folder)[0][0], model)[0]
exported.settings(words, "SGLANG_")
arguments = words[words.index("sglang.launch_server") + 1:]
arguments = [os.path.join(folder, word) if word == "expert-location.json" else word for word in arguments]
meeting = arguments.index("--dist-init-addr") + 1
arguments[meeting] = "127.0.0.1:" + arguments[meeting].rsplit(":", 1)[1]

from sglang.srt.arg_groups.overrides import resolved_view
from sglang.srt.server_args import PortArgs, prepare_server_args

server = prepare_server_args(arguments)
try:
    server.resolve_once()
    server.check_server_args()
except BaseException as error:
    faults.append(f"arguments: {type(error).__name__}: {error}")
view = resolved_view(server)
share = view.mem_fraction_static
if share is not None and not 0 < share < 1:
    faults.append(f"mem_fraction_static is {share}")
if plan.get("experts") and view.ep_size != layout["expertParallel"]:
    faults.append(f"ep_size is {view.ep_size}, the plan's {layout['expertParallel']}")
for name, planned in (("tp_size", exported.gpus_per_stage(plan)), ("pp_size", layout["pipelineStages"]), ("attn_dp_size", exported.attention_ranks(plan))):
    if getattr(view, name) != planned:
        faults.append(f"{name} is {getattr(view, name)}, the plan's {planned}")
# What a flag says and SGLang then takes otherwise; the chunk is divided among data-parallel ranks.
for word in arguments:
    name = word[2:].replace("-", "_") if word.startswith("--") else None
    if not name or name == "chunked_prefill_size" or not hasattr(server, name) or not hasattr(view, name):
        continue
    if getattr(view, name) != getattr(server, name):
        faults.append(f"{word} is {getattr(server, name)}, taken as {getattr(view, name)}")
try:
    ports = PortArgs.init_new(server)
    taken = {int(value.rsplit(":", 1)[1]) for value in vars(ports).values() if isinstance(value, str) and value.startswith("tcp://")}
    taken.add(int(server.dist_init_addr.rsplit(":", 1)[1]))
    answering = [server.port] + [view.disaggregation_bootstrap_port] * (view.disaggregation_mode == "prefill")
    if taken & set(answering) or len(set(answering)) < len(answering):
        faults.append(f"ports {answering} are SGLang's own, or one")
except BaseException as error:
    faults.append(f"ports: {type(error).__name__}: {error}")
role = exported.role(folder)
if view.disaggregation_mode != ("null" if role == "serve" else role):
    faults.append(f"disaggregation_mode is {view.disaggregation_mode}")
config = json.load(open(os.path.join(model, "config.json")))
config = config.get("text_config", config)
layers = config["num_hidden_layers"]
if server.init_expert_location != "trivial":
    import sglang.srt.eplb.expert_location as location

    experts = next(config[key] for key in ("n_routed_experts", "num_experts", "num_local_experts") if config.get(key))
    moe = types.SimpleNamespace(
        init_expert_location=server.init_expert_location, ep_num_redundant_experts=server.ep_num_redundant_experts,
        moe_a2a_backend="deepep", enable_eplb=False, elastic_ep_backend=None, ep_join_mode=None,
        ep_dispatch_algorithm=server.ep_dispatch_algorithm)
    location.get_device = lambda: types.SimpleNamespace(device="cpu")
    location.get_exec = lambda: types.SimpleNamespace(moe=moe)
    location.get_parallel = lambda: types.SimpleNamespace(
        ep_size=server.ep_size, elastic_ep_initial_size=None, tp_size=server.tp_size, nnodes=server.nnodes)
    location._prefer_same_node_experts = lambda: True
    shape = location.ModelConfigForExpertLocation(num_layers=layers, num_logical_experts=experts, num_groups=config.get("n_group"))
    location.ModelConfigForExpertLocation.from_model_config = staticmethod(lambda given: shape)
    try:
        for rank in (0, server.ep_size - 1):
            read = location.compute_initial_expert_location_metadata(types.SimpleNamespace(hf_config=None), rank)
            rows = read.physical_to_logical_map.tolist()
            differ = [layer for layer, row in plan["experts"].items() if rows[int(layer)] != row]
            if differ:
                faults.append(f"layers {differ[:3]} are not the plan's")
    except BaseException as error:
        faults.append(f"expert map: {type(error).__name__}: {error}")
if view.pp_size > 1:
    from sglang.srt.distributed.utils import get_pp_indices

    read = [list(get_pp_indices(layers, rank, view.pp_size)) for rank in range(view.pp_size)]
    if [[first, end - 1] for first, end in read] != [stage["layers"] for stage in plan["stages"]]:
        faults.append(f"stages are {read}")
print(f"NOTE KV cache {view.kv_cache_dtype}, weights {view.quantization}, backend {view.moe_a2a_backend}")
exported.report(faults)
