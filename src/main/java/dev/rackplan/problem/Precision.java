package dev.rackplan.problem;

import dev.rackplan.model.Dtype;

/**
 * Number formats.
 *
 * @param weights projections, dense FFNs and shared experts
 * @param experts routed experts' weights
 * @param kv KV cache
 * @param dispatch activations sent to experts
 * @param combine activations sent back
 */
public record Precision(Dtype weights, Dtype experts, Dtype kv, Dtype dispatch, Dtype combine) {

  /**
   * Of weights that checkpoints don't quantise: embedding, head, router, norms. BF16 where the
   * others are narrower.
   */
  public Dtype unquantised() {
    return weights.operandBits() < Dtype.BF16.operandBits() ? Dtype.BF16 : weights;
  }
}
