package dev.rackplan.model;

/**
 * What GPUs exchange that divide the tokens of one attention's context among them, in elements for
 * each token of a pass.
 *
 * @param queryElements queries of all heads, which meet keys on other GPUs
 * @param outputElements outputs of all heads, which are summed up over them
 * @param keyElements keys and values of all KV heads
 * @param kvHeads KV heads, which tensor parallelism divides or copies
 */
public record ContextExchange(
    double queryElements, double outputElements, double keyElements, int kvHeads) {
  /** Parts of the keys that tensor parallelism over {@code degree} GPUs makes. */
  public int keyShards(int degree) {
    return Math.min(degree, kvHeads);
  }
}
