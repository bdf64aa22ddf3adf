package dev.rackplan.law;

/**
 * Causal softmax attention of new tokens of each sequence.
 *
 * @param sequences b
 * @param queries new tokens q of each
 * @param prefix tokens of each that lie in the cache
 * @param heads query heads H on this GPU
 * @param kvHeads key-value heads g on this GPU
 * @param headSize elements d of a head
 * @param window keys that a query sees at most; infinite = all before it
 */
public record PrefillAttention(
    double sequences,
    double queries,
    double prefix,
    double heads,
    double kvHeads,
    double headSize,
    double window)
    implements Op {

  /** Pairs of one sequence's queries and the keys that they see. */
  public double pairs() {
    return pairs(queries, prefix, window);
  }

  /** Pairs of {@code queries} tokens that follow {@code prefix} others and the keys they see. */
  static double pairs(double queries, double prefix, double window) {
    double growing = Math.min(queries, Math.max(0, window - prefix));
    double full = queries - growing;
    return growing * (growing + 1) / 2 + growing * prefix + (full > 0 ? full * window : 0);
  }
}
