package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.List;

/** What SGLang asks, read in 0.5.23. */
final class SglangRules {
  private SglangRules() {}

  static List<EngineRule> rows() {
    EngineRows rows = new EngineRows(EngineKind.SGLANG);
    String checks = "python/sglang/srt/arg_groups, server_args.py, check_server_args: ";
    String models = "python/sglang/srt/models/qwen3.py, deepseek_v2.py: ";
    rows.add(StageConditions.SERVES, "python/sglang/launch_server.py");
    rows.add(
        AcceleratorConditions.ON_EAGER_DEVICES,
        "python/sglang/srt/configs/device_config.py: SUPPORTED_DEVICES; SGLang-JAX is a server of its own");
    rows.add(AttentionConditions.HEADS_DIVIDE, models + "total_num_heads % attn_tp_size");
    rows.add(AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, models + "total_num_kv_heads");
    String mamba = "python/sglang/srt/layers/attention/mamba/mamba.py: ";
    rows.add(AttentionConditions.STATE_HEADS_DIVIDE, mamba + "num_heads % tp_size");
    rows.add(AttentionConditions.STATE_GROUPS_DIVIDE_OR_ONE, mamba + "n_groups % tp_size");
    String blocks = "python/sglang/srt/layers/quantization/fp8_utils.py: validate_fp8_block_shape";
    rows.add(AttentionConditions.PROJECTION_BLOCKS, blocks);
    rows.add(
        FfnConditions.DENSE_WHOLE_OR_OVER_STAGE,
        checks + "moe_dense_tp_size in (None, 1, tp_size)");
    rows.add(FfnConditions.DENSE_WIDTH_DIVIDES, blocks);
    rows.add(FfnConditions.SHARED_OVER_STAGE, blocks);
    rows.add(
        FfnConditions.EXPERT_WIDTH_DIVIDES,
        "python/sglang/srt/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    rows.add(
        EngineVersions.before("0.5.0"),
        FfnConditions.EXPERTS_SPREAD_OR_SLICED,
        "python/sglang/srt/server_args.py: enable_ep_moe sets ep_size to tp_size");
    rows.add(StageConditions.OVERLAP_NEEDS_SENDING_OR_RANKS, checks + "check_two_batch_overlap");
    rows.add(StageConditions.DRAFTS_IN_ONE_STAGE, checks + "pp_size with speculative_algorithm");
    rows.add(
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        "python/sglang/srt/server_args.py: attn_cp_size with a strategy of its own, not priced");
    rows.add(
        FfnConditions.SLOTS_DIVIDE,
        "python/sglang/srt/eplb/expert_location.py: num_physical_experts % ep_size");
    rows.add(
        FfnConditions.NO_SENDING_TO_BIASED_EXPERTS,
        "python/sglang/srt/models/gpt_oss.py: forward_deepep is not implemented");
    rows.add(
        AcceleratorConditions.SENDS_BY_A_LIBRARY_OR_ASCENDS,
        "python/sglang/srt/layers/moe/utils.py: MoeA2ABackend");
    rows.add(
        FfnConditions.PROMPTS_SENT_IN_EIGHTS,
        "deepseek-ai/DeepEP, csrc/kernels/legacy: launch.cuh, SWITCH_RANKS and SWITCH_RDMA_RANKS");
    rows.add(
        EngineVersions.before("0.4.6"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "python/sglang/srt/server_args.py: ep_num_redundant_experts came with 0.4.6");
    return rows.rows();
  }
}
