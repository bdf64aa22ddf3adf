package dev.rackplan.plan;

import dev.rackplan.problem.EngineKind;
import java.util.Optional;

/**
 * Over how many GPUs engines divide shared experts: the one place that says so, for what they ask
 * of a layout and for what a layout costs.
 */
public final class SharedExperts {
  private SharedExperts() {}

  /**
   * Parts of a shared expert, each on a GPU of its own. Where tokens are sent to experts each GPU
   * has it whole. Else SGLang divides it over the stage; vLLM over an attention rank, except beside
   * spread experts of several ranks, where it is whole; others over an attention rank.
   *
   * <p>Source: the files that {@link EngineRules} names.
   *
   * @param engine empty where it is not one of those known
   * @param sends whether tokens are sent to experts
   */
  public static int parts(Optional<EngineKind> engine, boolean sends, Layout layout) {
    if (sends) {
      return 1;
    }
    int rank = layout.attentionTensorParallel();
    if (engine.isEmpty()) {
      return rank;
    }
    return switch (engine.get()) {
      case SGLANG -> layout.gpusPerStage();
      case VLLM, VLLM_ASCEND ->
          layout.attentionRanks() > 1 && layout.expertParallel() > 1 ? 1 : rank;
      case TENSORRT_LLM, MEGATRON -> rank;
    };
  }
}
