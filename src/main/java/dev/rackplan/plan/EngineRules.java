package dev.rackplan.plan;

import static dev.rackplan.problem.EngineKind.MEGATRON;
import static dev.rackplan.problem.EngineKind.SGLANG;
import static dev.rackplan.problem.EngineKind.VLLM;
import static dev.rackplan.problem.EngineKind.VLLM_ASCEND;

import dev.rackplan.problem.EngineKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What each engine asks of a layout before it starts: one row for each condition, with the file
 * that asks it. A new rule, or a new engine, is a row.
 *
 * <p>Read in SGLang 0.5.23, vLLM 0.33, vllm-ascend 0.23, TensorRT-LLM 1.2 and Megatron-LM core
 * 0.20, November 2026. A row without versions held in every version that was looked at.
 */
final class EngineRules {
  private static final String DEEP_EP = "deepseek-ai/DeepEP, csrc/kernels: ";
  private static final String SENT_AMONG = "launch.cuh, SWITCH_RANKS and SWITCH_RDMA_RANKS";
  private static final List<EngineRule> ROWS = rows();

  private EngineRules() {}

  private static List<EngineRule> rows() {
    List<EngineRule> rows = new ArrayList<>();
    sglang(rows);
    vllm(rows, VLLM, "vllm/");
    vllm(rows, VLLM_ASCEND, "vllm-ascend runs vLLM's: vllm/");
    versionsOfVllm(rows);
    TensorRtRules.add(rows);
    megatron(rows);
    return List.copyOf(rows);
  }

  private static void sglang(List<EngineRule> rows) {
    String checks = "python/sglang/srt/arg_groups, server_args.py, check_server_args: ";
    String models = "python/sglang/srt/models/qwen3.py, deepseek_v2.py: ";
    row(rows, SGLANG, StageConditions.SERVES, "python/sglang/launch_server.py");
    row(rows, SGLANG, AttentionConditions.HEADS_DIVIDE, models + "total_num_heads % attn_tp_size");
    row(rows, SGLANG, AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, models + "total_num_kv_heads");
    String mamba = "python/sglang/srt/layers/attention/mamba/mamba.py: ";
    row(rows, SGLANG, AttentionConditions.STATE_HEADS_DIVIDE, mamba + "num_heads % tp_size");
    row(rows, SGLANG, AttentionConditions.STATE_GROUPS_DIVIDE_OR_ONE, mamba + "n_groups % tp_size");
    String blocks = "python/sglang/srt/layers/quantization/fp8_utils.py: validate_fp8_block_shape";
    row(rows, SGLANG, AttentionConditions.PROJECTION_BLOCKS, blocks);
    row(
        rows,
        SGLANG,
        FfnConditions.DENSE_WHOLE_OR_OVER_STAGE,
        checks + "moe_dense_tp_size in (None, 1, tp_size)");
    row(rows, SGLANG, FfnConditions.DENSE_WIDTH_DIVIDES, blocks);
    row(rows, SGLANG, FfnConditions.SHARED_OVER_STAGE, blocks);
    row(
        rows,
        SGLANG,
        FfnConditions.EXPERT_WIDTH_DIVIDES,
        "python/sglang/srt/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    row(
        rows,
        SGLANG,
        EngineVersions.before("0.5.0"),
        FfnConditions.EXPERTS_SPREAD_OR_SLICED,
        "python/sglang/srt/server_args.py: enable_ep_moe sets ep_size to tp_size");
    row(
        rows,
        SGLANG,
        StageConditions.OVERLAP_NEEDS_SENDING_OR_RANKS,
        checks + "check_two_batch_overlap");
    row(
        rows,
        SGLANG,
        StageConditions.DRAFTS_IN_ONE_STAGE,
        checks + "pp_size with speculative_algorithm");
    row(
        rows,
        SGLANG,
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        "python/sglang/srt/server_args.py: attn_cp_size with a strategy of its own, not priced");
    row(
        rows,
        SGLANG,
        FfnConditions.SLOTS_DIVIDE,
        "python/sglang/srt/eplb/expert_location.py: num_physical_experts % ep_size");
    row(
        rows,
        SGLANG,
        FfnConditions.NO_SENDING_TO_BIASED_EXPERTS,
        "python/sglang/srt/models/gpt_oss.py: forward_deepep is not implemented");
    row(rows, SGLANG, FfnConditions.PROMPTS_SENT_IN_EIGHTS, DEEP_EP + SENT_AMONG);
    row(
        rows,
        SGLANG,
        EngineVersions.before("0.4.6"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "python/sglang/srt/server_args.py: ep_num_redundant_experts came with 0.4.6");
  }

  private static void vllm(List<EngineRule> rows, EngineKind engine, String at) {
    row(rows, engine, StageConditions.SERVES, at + "entrypoints/cli/serve.py");
    row(
        rows,
        engine,
        AttentionConditions.HEADS_DIVIDE,
        at + "config/model.py: total_num_attention_heads % tensor_parallel_size");
    String models = at + "model_executor/models/qwen3.py: total_num_kv_heads";
    row(rows, engine, AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, models);
    String mamba = at + "model_executor/layers/mamba/mamba_mixer2.py: ";
    row(rows, engine, AttentionConditions.STATE_HEADS_DIVIDE, mamba + "num_heads % self.tp_size");
    row(
        rows,
        engine,
        AttentionConditions.STATE_GROUPS_DIVIDE_OR_ONE,
        mamba + "n_groups % self.tp_size");
    String blocks =
        at + "model_executor/layers/quantization/utils/fp8_utils.py: validate_fp8_block_shape";
    row(rows, engine, AttentionConditions.PROJECTION_BLOCKS, blocks);
    row(
        rows,
        engine,
        FfnConditions.DENSE_AS_ATTENTION,
        at + "model_executor/layers/linear.py: one tensor-parallel group");
    row(rows, engine, FfnConditions.DENSE_WIDTH_DIVIDES, blocks);
    row(rows, engine, FfnConditions.SHARED_OVER_RANK, blocks);
    row(
        rows,
        engine,
        FfnConditions.EXPERT_WIDTH_DIVIDES,
        at
            + "model_executor/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    row(
        rows,
        engine,
        FfnConditions.EXPERTS_SPREAD_OR_SLICED,
        at + "model_executor/layers/fused_moe/config.py: enable_expert_parallel takes all ranks");
    row(
        rows,
        engine,
        AttentionConditions.CONTEXT_DIVIDES_QUERIES,
        at + "config/model.py: num_q_per_kv % decode_context_parallel_size");
    row(
        rows,
        engine,
        AttentionConditions.PREFILL_CONTEXT_IN_ONE_RANK,
        at + "config/parallel.py: PCP with data parallelism");
    row(
        rows,
        engine,
        FfnConditions.SLOTS_DIVIDE_WITH_REDUNDANT,
        at + "model_executor/layers/fused_moe/layer.py: global_num_experts % ep_size");
    row(
        rows,
        engine,
        FfnConditions.SLOTS_DIVIDE_WHERE_SENT,
        engine == VLLM
            ? DEEP_EP + "num_experts % num_ranks"
            : "CANN, MoeDistributeDispatch: moeExpertNum over the ranks of experts");
    row(
        rows,
        engine,
        FfnConditions.REDUNDANT_NEED_EXPERT_PARALLEL,
        at + "config/parallel.py: enable_eplb needs enable_expert_parallel");
    row(
        rows,
        engine,
        StageConditions.STAGES_WITHIN_RANKS,
        at + "v1/engine/utils.py: devices of a data-parallel rank are in a row");
  }

  private static void versionsOfVllm(List<EngineRule> rows) {
    String parallel = "vllm/config/parallel.py: ";
    row(rows, VLLM, StageConditions.SENDS_BETWEEN_RANKS, parallel + "use_all2all");
    row(rows, VLLM, FfnConditions.PROMPTS_SENT_IN_EIGHTS, DEEP_EP + SENT_AMONG);
    row(
        rows,
        VLLM,
        StageConditions.OVERLAP_NEEDS_SENDING,
        "vllm/config/vllm.py: enable_dbo with DeepEP's all2all backends");
    row(
        rows,
        VLLM,
        EngineVersions.before("0.10.2"),
        AttentionConditions.NO_DECODE_CONTEXT_PARALLEL,
        parallel + "decode_context_parallel_size came with 0.10.2");
    row(
        rows,
        VLLM,
        EngineVersions.before("0.12.0"),
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        parallel + "prefill_context_parallel_size came with 0.12.0");
    row(
        rows,
        VLLM,
        EngineVersions.before("0.9.2"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "vllm/config/parallel.py: enable_eplb came with 0.9.2");
    row(
        rows,
        VLLM,
        EngineVersions.before("0.8.3"),
        StageConditions.ONE_RANK,
        "vllm/config.py: data_parallel_size came with 0.8.3");
    String platform = "vllm_ascend/platform.py: ";
    row(rows, VLLM_ASCEND, StageConditions.NO_OVERLAP, platform + "enable_dbo is set back");
    row(
        rows,
        VLLM_ASCEND,
        AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL,
        platform + "prefill_context_parallel_size of the V1 runner");
    row(
        rows,
        VLLM_ASCEND,
        EngineVersions.before("0.9.1"),
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "vllm_ascend/ascend_config.py: expert_map_path came with 0.9.1");
  }

  private static void megatron(List<EngineRule> rows) {
    String arguments = "megatron/training/arguments.py: ";
    String config = "megatron/core/transformer/transformer_config.py: ";
    row(rows, MEGATRON, StageConditions.TRAINS, arguments + "validate_args");
    row(rows, MEGATRON, AttentionConditions.HEADS_DIVIDE, config + "num_attention_heads");
    row(rows, MEGATRON, AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT, config + "num_query_groups");
    String mamba = "megatron/core/ssm/mamba_mixer.py: ";
    row(rows, MEGATRON, AttentionConditions.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    row(rows, MEGATRON, AttentionConditions.STATE_GROUPS_DIVIDE, mamba + "ngroups % tp_size");
    row(
        rows,
        MEGATRON,
        FfnConditions.DENSE_ELEMENTS_DIVIDE,
        "megatron/core/tensor_parallel/layers.py: divide(output_size, world_size)");
    row(
        rows,
        MEGATRON,
        FfnConditions.EXPERT_ELEMENTS_DIVIDE,
        "megatron/core/transformer/moe/experts.py: moe_ffn_hidden_size over expert_tensor_parallel_size");
    row(
        rows,
        MEGATRON,
        FfnConditions.NO_REDUNDANT_EXPERTS,
        "megatron/core/transformer/moe/moe_layer.py");
    row(
        rows,
        MEGATRON,
        FfnConditions.SLOTS_DIVIDE,
        arguments + "num_experts % expert_model_parallel_size");
    row(
        rows,
        MEGATRON,
        StageConditions.SEQUENCE_PARALLEL_EXPERTS,
        "megatron/core/transformer/moe/moe_layer.py: training needs sequence_parallel");
    row(rows, MEGATRON, StageConditions.INTERLEAVED_STAGES, arguments + "interleaved schedule");
    row(
        rows,
        MEGATRON,
        StageConditions.MEGATRON_SCHEDULE,
        "megatron/core/pipeline_parallel/schedules.py");
  }

  static void row(
      List<EngineRule> rows, EngineKind engine, EngineCondition condition, String source) {
    row(rows, engine, EngineVersions.all(), condition, source);
  }

  private static void row(
      List<EngineRule> rows,
      EngineKind engine,
      EngineVersions versions,
      EngineCondition condition,
      String source) {
    rows.add(new EngineRule(engine, versions, condition, source));
  }

  /** The rules of one engine in {@code version}; in the newest where that is empty. */
  static List<EngineRule> of(EngineKind engine, Optional<String> version) {
    return ROWS.stream()
        .filter(row -> row.engine() == engine && row.versions().contain(version))
        .toList();
  }
}
