package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.List;

/** What TensorRT-LLM asks, read in 1.2. */
final class TensorRtRules {
  private TensorRtRules() {}

  static List<EngineRule> rows() {
    EngineRows rows = new EngineRows(EngineKind.TENSORRT_LLM);
    rows.add(StageConditions.SERVES, "tensorrt_llm/commands/serve.py");
    String matrix = "docs/source/legacy/reference/support-matrix.md: ";
    rows.add(AcceleratorConditions.ON_NVIDIA, matrix + "GPU Model Architectures");
    rows.add(AcceleratorConditions.WEIGHTS_HAVE_UNITS, matrix + "Precision");
    rows.add(
        AttentionConditions.HEADS_DIVIDE,
        "tensorrt_llm/_torch/modules/attention.py: num_heads % tp_size");
    rows.add(
        AttentionConditions.KV_HEADS_DIVIDE_OR_REPEAT,
        "tensorrt_llm/_torch/models/modeling_utils.py: duplicate_kv_weight");
    String mamba = "tensorrt_llm/_torch/modules/mamba/mamba2_mixer.py: ";
    rows.add(AttentionConditions.STATE_HEADS_DIVIDE, mamba + "nheads % tp_size");
    rows.add(AttentionConditions.STATE_GROUPS_DIVIDE, mamba + "n_groups % tp_size");
    rows.add(
        FfnConditions.SLOTS_DIVIDE,
        "tensorrt_llm/_torch/modules/fused_moe: experts // ep_size; WIDEEP num_slots % ep_size");
    rows.add(
        StageConditions.WHOLE_RANKS,
        "tensorrt_llm/_torch/modules/attention.py: enable_attention_dp sets tp_size 1");
    addWays(rows);
    return rows.rows();
  }

  // How layers are divided and tokens sent.
  private static void addWays(EngineRows rows) {
    String moe = "tensorrt_llm/_torch/modules/fused_moe: ";
    rows.add(
        FfnConditions.DENSE_AS_ATTENTION,
        "tensorrt_llm/_torch/modules/gated_mlp.py: mapping.tp_size, 1 with attention DP");
    rows.add(
        FfnConditions.DENSE_ELEMENTS_DIVIDE,
        "tensorrt_llm/_torch/modules/linear.py: out_features % tp_size");
    rows.add(FfnConditions.EXPERT_ELEMENTS_DIVIDE, moe + "intermediate_size // moe_tp_size");
    rows.add(StageConditions.SENDS_BETWEEN_RANKS, moe + "all-to-all with enable_attention_dp");
    rows.add(StageConditions.NO_OVERLAP, "tensorrt_llm/llmapi/llm_args.py");
    String mapping = "tensorrt_llm/mapping.py: cp_size (Helix), not priced";
    rows.add(AttentionConditions.NO_DECODE_CONTEXT_PARALLEL, mapping);
    rows.add(AttentionConditions.NO_PREFILL_CONTEXT_PARALLEL, mapping);
  }
}
