package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.List;

/** What vLLM asks, read in 0.33, and vllm-ascend 0.23, which runs its code on other devices. */
final class VllmRules {
  private VllmRules() {}

  static List<EngineRule> rows() {
    EngineRows rows = new EngineRows(EngineKind.VLLM);
    ofBoth(rows, AcceleratorConditions.NOT_ON_ASCEND, "vllm/");
    String parallel = "vllm/config/parallel.py: ";
    rows.add(StageConditions.SENDS_BETWEEN_RANKS, parallel + "use_all2all");
    String sending = "deepseek-ai/DeepEP, csrc/kernels: ";
    rows.add(AcceleratorConditions.SENDS_BY_A_LIBRARY, parallel + "All2AllBackend");
    rows.add(FfnConditions.SLOTS_DIVIDE_WHERE_SENT, sending + "num_experts % num_ranks");
    rows.add(
        FfnConditions.PROMPTS_SENT_IN_EIGHTS,
        sending + "launch.cuh, SWITCH_RANKS and SWITCH_RDMA_RANKS");
    rows.add(
        StageConditions.OVERLAP_NEEDS_SENDING,
        "vllm/config/vllm.py: enable_dbo with DeepEP's all2all backends");
    rows.add(
        EngineVersions.before("0.10.2"),
        AttentionConditions.NO_DECODE_CONTEXT_PARALLEL,
        parallel + "decode_context_parallel_size came with 0.10.2");
    rows.add(
        EngineVersions.before("0.12.0"),
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        parallel + "prefill_context_parallel_size came with 0.12.0");
    rows.add(
        EngineVersions.before("0.9.2"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "vllm/config/parallel.py: enable_eplb came with 0.9.2");
    rows.add(
        EngineVersions.before("0.8.3"),
        StageConditions.ONE_RANK,
        "vllm/config.py: data_parallel_size came with 0.8.3");
    return rows.rows();
  }

  static List<EngineRule> rowsOfAscend() {
    EngineRows rows = new EngineRows(EngineKind.VLLM_ASCEND);
    ofBoth(rows, AcceleratorConditions.ON_ASCEND, "vllm-ascend runs vLLM's: vllm/");
    String platform = "vllm_ascend/platform.py: ";
    rows.add(
        FfnConditions.SLOTS_DIVIDE_WHERE_SENT,
        "CANN, MoeDistributeDispatch: moeExpertNum over the ranks of experts");
    rows.add(StageConditions.NO_OVERLAP, platform + "enable_dbo is set back");
    rows.add(
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        platform + "prefill_context_parallel_size of the V1 runner");
    rows.add(
        EngineVersions.before("0.9.1"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "vllm_ascend/ascend_config.py: expert_map_path came with 0.9.1");
    return rows.rows();
  }

  private static void ofBoth(EngineRows rows, EngineCondition accelerators, String at) {
    rows.add(StageConditions.SERVES, at + "entrypoints/cli/serve.py");
    rows.add(accelerators, at + "platforms/__init__.py: resolve_current_platform");
    rows.add(
        AttentionConditions.HEADS_DIVIDE,
        at + "config/model.py: total_num_attention_heads % tensor_parallel_size");
    String models = at + "model_executor/models/qwen3.py: total_num_kv_heads";
    rows.add(AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, models);
    String mamba = at + "model_executor/layers/mamba/mamba_mixer2.py: ";
    rows.add(AttentionConditions.STATE_HEADS_DIVIDE, mamba + "num_heads % self.tp_size");
    rows.add(AttentionConditions.STATE_GROUPS_DIVIDE_OR_ONE, mamba + "n_groups % self.tp_size");
    String blocks =
        at + "model_executor/layers/quantization/utils/fp8_utils.py: validate_fp8_block_shape";
    rows.add(AttentionConditions.PROJECTION_BLOCKS, blocks);
    rows.add(
        FfnConditions.DENSE_AS_ATTENTION,
        at + "model_executor/layers/linear.py: one tensor-parallel group");
    rows.add(FfnConditions.DENSE_WIDTH_DIVIDES, blocks);
    rows.add(FfnConditions.SHARED_OVER_RANK, blocks);
    rows.add(
        FfnConditions.EXPERT_WIDTH_DIVIDES,
        at
            + "model_executor/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    rows.add(
        FfnConditions.EXPERTS_SPREAD_OR_SLICED,
        at + "model_executor/layers/fused_moe/config.py: enable_expert_parallel takes all ranks");
    rows.add(
        AttentionConditions.CONTEXT_DIVIDES_QUERIES,
        at + "config/model.py: num_q_per_kv % decode_context_parallel_size");
    rows.add(
        AttentionConditions.PREFILL_CONTEXT_IN_ONE_RANK,
        at + "config/parallel.py: PCP with data parallelism");
    rows.add(
        FfnConditions.SLOTS_DIVIDE_WITH_REDUNDANT,
        at + "model_executor/layers/fused_moe/layer.py: global_num_experts % ep_size");
    rows.add(
        FfnConditions.REDUNDANT_NEED_EXPERT_PARALLEL,
        at + "config/parallel.py: enable_eplb needs enable_expert_parallel");
    rows.add(
        StageConditions.STAGES_WITHIN_RANKS,
        at + "v1/engine/utils.py: devices of a data-parallel rank are in a row");
  }
}
