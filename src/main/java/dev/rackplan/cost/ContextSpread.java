package dev.rackplan.cost;

import dev.rackplan.cost.placement.NormalMaximum;
import dev.rackplan.workload.Contexts;

/**
 * How much longer the contexts of the rank with most of them are than the mean: contexts differ,
 * and a step waits for the slowest of the ranks.
 */
public final class ContextSpread {
  private ContextSpread() {}

  /**
   * {@code 1 + z·v/√b}: the mean of the longest of R ranks' sums of b contexts each, as if normal,
   * over the mean. z is the mean of the largest of R standard normal values, {@link NormalMaximum}.
   * Where lengths are alike and only progress differs, no sum is above contexts that are all at
   * their end.
   *
   * @param ranks R, data-parallel
   * @param sequences b of each rank
   * @param contexts v is their {@link Contexts#runningVariation}
   */
  public static double factor(int ranks, double sequences, Contexts contexts) {
    double variation = contexts.runningVariation();
    if (ranks < 2 || variation == 0) {
      return 1;
    }
    double excess = NormalMaximum.of(ranks).mean() * variation / Math.sqrt(Math.max(1, sequences));
    return contexts.variation() > 0
        ? 1 + excess
        : 1 + Math.min(excess, contexts.answerTokens() / 2 / contexts.tokens());
  }
}
