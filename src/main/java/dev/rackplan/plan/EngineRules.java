package dev.rackplan.plan;

import static dev.rackplan.problem.EngineKind.MEGATRON;
import static dev.rackplan.problem.EngineKind.SGLANG;
import static dev.rackplan.problem.EngineKind.TENSORRT_LLM;
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
  private static final List<EngineRule> ROWS = new ArrayList<>();

  static {
    sglang();
    vllm(VLLM, "vllm/");
    vllm(VLLM_ASCEND, "vllm-ascend runs vLLM's: vllm/");
    versionsOfVllm();
    tensorRt();
    waysOfTensorRt();
    megatron();
  }

  private EngineRules() {}

  private static void sglang() {
    String checks = "python/sglang/srt/arg_groups, server_args.py, check_server_args: ";
    String models = "python/sglang/srt/models/qwen3.py, deepseek_v2.py: ";
    row(SGLANG, EngineCondition.SERVES, "python/sglang/launch_server.py");
    row(SGLANG, EngineCondition.HEADS_DIVIDE, models + "total_num_heads % attn_tp_size");
    row(SGLANG, EngineCondition.KV_HEADS_DIVIDE_OR_REPEAT, models + "total_num_kv_heads");
    String mamba = "python/sglang/srt/layers/attention/mamba/mamba.py: ";
    row(SGLANG, EngineCondition.STATE_HEADS_DIVIDE, mamba + "num_heads % tp_size");
    row(SGLANG, EngineCondition.STATE_GROUPS_DIVIDE_OR_ONE, mamba + "n_groups % tp_size");
    String blocks = "python/sglang/srt/layers/quantization/fp8_utils.py: validate_fp8_block_shape";
    row(SGLANG, EngineCondition.PROJECTION_BLOCKS, blocks);
    row(
        SGLANG,
        EngineCondition.DENSE_WHOLE_OR_OVER_STAGE,
        checks + "moe_dense_tp_size in (None, 1, tp_size)");
    row(SGLANG, EngineCondition.DENSE_WIDTH_DIVIDES, blocks);
    row(SGLANG, EngineCondition.SHARED_OVER_STAGE, blocks);
    row(
        SGLANG,
        EngineCondition.EXPERT_WIDTH_DIVIDES,
        "python/sglang/srt/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    row(
        SGLANG,
        EngineVersions.before("0.5.0"),
        EngineCondition.EXPERTS_SPREAD_OR_SLICED,
        "python/sglang/srt/server_args.py: enable_ep_moe sets ep_size to tp_size");
    row(SGLANG, EngineCondition.OVERLAP_NEEDS_SENDING_OR_RANKS, checks + "check_two_batch_overlap");
    row(SGLANG, EngineCondition.DRAFTS_IN_ONE_STAGE, checks + "pp_size with speculative_algorithm");
    row(
        SGLANG,
        EngineCondition.SLOTS_DIVIDE,
        "python/sglang/srt/eplb/expert_location.py: num_physical_experts % ep_size");
    row(
        SGLANG,
        EngineVersions.before("0.4.6"),
        EngineCondition.NO_REDUNDANT_EXPERTS,
        "python/sglang/srt/server_args.py: ep_num_redundant_experts came with 0.4.6");
  }

  private static void vllm(EngineKind engine, String at) {
    row(engine, EngineCondition.SERVES, at + "entrypoints/cli/serve.py");
    row(
        engine,
        EngineCondition.HEADS_DIVIDE,
        at + "config/model.py: total_num_attention_heads % tensor_parallel_size");
    String models = at + "model_executor/models/qwen3.py: total_num_kv_heads";
    row(engine, EngineCondition.KV_HEADS_DIVIDE_OR_REPEAT, models);
    String mamba = at + "model_executor/layers/mamba/mamba_mixer2.py: ";
    row(engine, EngineCondition.STATE_HEADS_DIVIDE, mamba + "num_heads % self.tp_size");
    row(engine, EngineCondition.STATE_GROUPS_DIVIDE_OR_ONE, mamba + "n_groups % self.tp_size");
    String blocks =
        at + "model_executor/layers/quantization/utils/fp8_utils.py: validate_fp8_block_shape";
    row(engine, EngineCondition.PROJECTION_BLOCKS, blocks);
    row(
        engine,
        EngineCondition.DENSE_AS_ATTENTION,
        at + "model_executor/layers/linear.py: one tensor-parallel group");
    row(engine, EngineCondition.DENSE_WIDTH_DIVIDES, blocks);
    row(engine, EngineCondition.SHARED_OVER_RANK, blocks);
    row(
        engine,
        EngineCondition.EXPERT_WIDTH_DIVIDES,
        at
            + "model_executor/layers/quantization/fp8.py: intermediate_size_per_partition % block_n");
    row(
        engine,
        EngineCondition.EXPERTS_SPREAD_OR_SLICED,
        at + "model_executor/layers/fused_moe/config.py: enable_expert_parallel takes all ranks");
    row(
        engine,
        EngineCondition.CONTEXT_DIVIDES_QUERIES,
        at + "config/model.py: num_q_per_kv % decode_context_parallel_size");
    row(
        engine,
        EngineCondition.PREFILL_CONTEXT_IN_ONE_RANK,
        at + "config/parallel.py: PCP with data parallelism");
    row(
        engine,
        EngineCondition.SLOTS_DIVIDE_WITH_REDUNDANT,
        at + "model_executor/layers/fused_moe/layer.py: global_num_experts % ep_size");
    row(
        engine,
        EngineCondition.REDUNDANT_NEED_EXPERT_PARALLEL,
        at + "config/parallel.py: enable_eplb needs enable_expert_parallel");
    row(
        engine,
        EngineCondition.STAGES_WITHIN_RANKS,
        at + "v1/engine/utils.py: devices of a data-parallel rank are in a row");
  }

  private static void versionsOfVllm() {
    String parallel = "vllm/config/parallel.py: ";
    row(VLLM, EngineCondition.SENDS_BETWEEN_RANKS, parallel + "use_all2all");
    row(
        VLLM,
        EngineCondition.OVERLAP_NEEDS_SENDING,
        "vllm/config/vllm.py: enable_dbo with DeepEP's all2all backends");
    row(
        VLLM,
        EngineVersions.before("0.10.2"),
        EngineCondition.NO_DECODE_CONTEXT_PARALLEL,
        parallel + "decode_context_parallel_size came with 0.10.2");
    row(
        VLLM,
        EngineVersions.before("0.12.0"),
        EngineCondition.NO_PREFILL_CONTEXT_PARALLEL,
        parallel + "prefill_context_parallel_size came with 0.12.0");
    row(
        VLLM,
        EngineVersions.before("0.9.2"),
        EngineCondition.NO_REDUNDANT_EXPERTS,
        "vllm/config/parallel.py: enable_eplb came with 0.9.2");
    row(
        VLLM,
        EngineVersions.before("0.8.3"),
        EngineCondition.ONE_RANK,
        "vllm/config.py: data_parallel_size came with 0.8.3");
    row(
        VLLM_ASCEND,
        EngineVersions.before("0.9.1"),
        EngineCondition.NO_REDUNDANT_EXPERTS,
        "vllm_ascend/ascend_config.py: expert_map_path came with 0.9.1");
  }

  private static void tensorRt() {
    row(TENSORRT_LLM, EngineCondition.SERVES, "tensorrt_llm/commands/serve.py");
    row(
        TENSORRT_LLM,
        EngineCondition.HEADS_DIVIDE,
        "tensorrt_llm/_torch/modules/attention.py: num_heads % tp_size");
    row(
        TENSORRT_LLM,
        EngineCondition.KV_HEADS_DIVIDE_OR_REPEAT,
        "tensorrt_llm/_torch/models/modeling_utils.py: duplicate_kv_weight");
    String mamba = "tensorrt_llm/_torch/modules/mamba/mamba2_mixer.py: ";
    row(TENSORRT_LLM, EngineCondition.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    row(TENSORRT_LLM, EngineCondition.STATE_GROUPS_DIVIDE, mamba + "n_groups % tp_size");
    row(
        TENSORRT_LLM,
        EngineCondition.SLOTS_DIVIDE,
        "tensorrt_llm/_torch/modules/fused_moe: experts // ep_size; WIDEEP num_slots % ep_size");
    row(
        TENSORRT_LLM,
        EngineCondition.WHOLE_RANKS,
        "tensorrt_llm/_torch/modules/attention.py: enable_attention_dp sets tp_size 1");
  }

  private static void waysOfTensorRt() {
    String moe = "tensorrt_llm/_torch/modules/fused_moe: ";
    row(
        TENSORRT_LLM,
        EngineCondition.DENSE_AS_ATTENTION,
        "tensorrt_llm/_torch/modules/gated_mlp.py: mapping.tp_size, 1 with attention DP");
    row(
        TENSORRT_LLM,
        EngineCondition.DENSE_ELEMENTS_DIVIDE,
        "tensorrt_llm/_torch/modules/linear.py: out_features % tp_size");
    row(
        TENSORRT_LLM,
        EngineCondition.EXPERT_ELEMENTS_DIVIDE,
        moe + "intermediate_size // moe_tp_size");
    row(
        TENSORRT_LLM,
        EngineCondition.SENDS_BETWEEN_RANKS,
        moe + "all-to-all with enable_attention_dp");
    row(TENSORRT_LLM, EngineCondition.NO_OVERLAP, "tensorrt_llm/llmapi/llm_args.py");
    String mapping = "tensorrt_llm/mapping.py: cp_size is not for mixtures of experts";
    row(TENSORRT_LLM, EngineCondition.NO_DECODE_CONTEXT_PARALLEL, mapping);
    row(TENSORRT_LLM, EngineCondition.NO_PREFILL_CONTEXT_PARALLEL, mapping);
  }

  private static void megatron() {
    String arguments = "megatron/training/arguments.py: ";
    String config = "megatron/core/transformer/transformer_config.py: ";
    row(MEGATRON, EngineCondition.TRAINS, arguments + "validate_args");
    row(MEGATRON, EngineCondition.HEADS_DIVIDE, config + "num_attention_heads");
    row(MEGATRON, EngineCondition.KV_HEADS_DIVIDE_OR_REPEAT, config + "num_query_groups");
    String mamba = "megatron/core/ssm/mamba_mixer.py: ";
    row(MEGATRON, EngineCondition.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    row(MEGATRON, EngineCondition.STATE_GROUPS_DIVIDE, mamba + "ngroups % tp_size");
    row(
        MEGATRON,
        EngineCondition.DENSE_ELEMENTS_DIVIDE,
        "megatron/core/tensor_parallel/layers.py: divide(output_size, world_size)");
    row(
        MEGATRON,
        EngineCondition.EXPERT_ELEMENTS_DIVIDE,
        "megatron/core/transformer/moe/experts.py: moe_ffn_hidden_size over expert_tensor_parallel_size");
    row(
        MEGATRON,
        EngineCondition.NO_REDUNDANT_EXPERTS,
        "megatron/core/transformer/moe/moe_layer.py");
    row(
        MEGATRON,
        EngineCondition.SLOTS_DIVIDE,
        arguments + "num_experts % expert_model_parallel_size");
    row(
        MEGATRON,
        EngineCondition.SEQUENCE_PARALLEL_EXPERTS,
        "megatron/core/transformer/moe/moe_layer.py: training needs sequence_parallel");
    row(MEGATRON, EngineCondition.INTERLEAVED_STAGES, arguments + "interleaved schedule");
    row(
        MEGATRON,
        EngineCondition.MEGATRON_SCHEDULE,
        "megatron/core/pipeline_parallel/schedules.py");
  }

  private static void row(EngineKind engine, EngineCondition condition, String source) {
    row(engine, EngineVersions.all(), condition, source);
  }

  private static void row(
      EngineKind engine, EngineVersions versions, EngineCondition condition, String source) {
    ROWS.add(new EngineRule(engine, versions, condition, source));
  }

  /** The rules of one engine in {@code version}; in the newest where that is empty. */
  static List<EngineRule> of(EngineKind engine, Optional<String> version) {
    return ROWS.stream()
        .filter(row -> row.engine() == engine && row.versions().contain(version))
        .toList();
  }
}
