package dev.rackplan.problem;

import java.util.Arrays;
import java.util.List;

/**
 * How the GPUs of a stage exchange activations around routed experts: the values of {@link
 * Degree#MOE_COMMUNICATION}, in their order.
 *
 * <p>Source: vLLM's {@code --all2all-backend}, SGLang's {@code --moe-a2a-backend}, TensorRT-LLM's
 * all-to-all and all-gather paths of its fused MoE.
 */
public enum MoeCommunication {
  /**
   * What suits the layout: an all-reduce where every GPU has every token, an all-to-all where they
   * don't, an all-gather and a reduce-scatter where experts are sliced.
   */
  DEFAULT("default"),
  /** Each token goes to the GPUs of its experts and its results come back. */
  ALL_TO_ALL("allToAll"),
  /** Every GPU gets every token (all-gather); results are summed up where they belong. */
  ALL_GATHER("allGather"),
  /** Every GPU has every token from tensor parallelism; an all-reduce sums up. */
  ALL_REDUCE("allReduce");

  private final String key;

  MoeCommunication(String key) {
    this.key = key;
  }

  /** Its name in files. */
  public String key() {
    return key;
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(MoeCommunication::key).toList();
  }
}
