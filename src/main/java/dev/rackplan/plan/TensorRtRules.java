package dev.rackplan.plan;

import static dev.rackplan.plan.EngineRules.row;
import static dev.rackplan.problem.EngineKind.TENSORRT_LLM;

import java.util.List;

/** What TensorRT-LLM asks of a layout, as {@link EngineRules} has it of all engines. */
final class TensorRtRules {
  private TensorRtRules() {}

  /** Adds a row for each. */
  static void add(List<EngineRule> rows) {
    limits(rows);
    ways(rows);
  }

  private static void limits(List<EngineRule> rows) {
    row(rows, TENSORRT_LLM, StageConditions.SERVES, "tensorrt_llm/commands/serve.py");
    row(
        rows,
        TENSORRT_LLM,
        AttentionConditions.HEADS_DIVIDE,
        "tensorrt_llm/_torch/modules/attention.py: num_heads % tp_size");
    row(
        rows,
        TENSORRT_LLM,
        AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT,
        "tensorrt_llm/_torch/models/modeling_utils.py: duplicate_kv_weight");
    String mamba = "tensorrt_llm/_torch/modules/mamba/mamba2_mixer.py: ";
    row(rows, TENSORRT_LLM, AttentionConditions.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    row(rows, TENSORRT_LLM, AttentionConditions.STATE_GROUPS_DIVIDE, mamba + "n_groups % tp_size");
    row(
        rows,
        TENSORRT_LLM,
        FfnConditions.SLOTS_DIVIDE,
        "tensorrt_llm/_torch/modules/fused_moe: experts // ep_size; WIDEEP num_slots % ep_size");
    row(
        rows,
        TENSORRT_LLM,
        StageConditions.WHOLE_RANKS,
        "tensorrt_llm/_torch/modules/attention.py: enable_attention_dp sets tp_size 1");
  }

  private static void ways(List<EngineRule> rows) {
    String moe = "tensorrt_llm/_torch/modules/fused_moe: ";
    row(
        rows,
        TENSORRT_LLM,
        FfnConditions.DENSE_AS_ATTENTION,
        "tensorrt_llm/_torch/modules/gated_mlp.py: mapping.tp_size, 1 with attention DP");
    row(
        rows,
        TENSORRT_LLM,
        FfnConditions.DENSE_ELEMENTS_DIVIDE,
        "tensorrt_llm/_torch/modules/linear.py: out_features % tp_size");
    row(
        rows,
        TENSORRT_LLM,
        FfnConditions.EXPERT_ELEMENTS_DIVIDE,
        moe + "intermediate_size // moe_tp_size");
    row(
        rows,
        TENSORRT_LLM,
        StageConditions.SENDS_BETWEEN_RANKS,
        moe + "all-to-all with enable_attention_dp");
    row(rows, TENSORRT_LLM, StageConditions.NO_OVERLAP, "tensorrt_llm/llmapi/llm_args.py");
    String mapping = "tensorrt_llm/mapping.py: cp_size (Helix), not priced";
    row(rows, TENSORRT_LLM, AttentionConditions.NO_DECODE_CONTEXT_PARALLEL, mapping);
    row(rows, TENSORRT_LLM, AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL, mapping);
  }
}
