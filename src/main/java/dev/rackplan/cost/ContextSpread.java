package dev.rackplan.cost;

/**
 * How much longer the contexts of the rank with most of them are than the mean: contexts differ,
 * and a step waits for the slowest of the ranks.
 */
final class ContextSpread {
  private ContextSpread() {}

  /**
   * {@code 1 + z·v/√b}: the mean of the longest of R ranks' sums of b contexts each, as if normal,
   * over the mean. z is the mean of the largest of R standard normal values, by Blom's
   * approximation {@code Φ⁻¹((R - 0.375)/(R + 0.25))}, within 5% from 2 on.
   *
   * @param ranks R, data-parallel
   * @param sequences b of each rank
   * @param variation v, coefficient of variation of the contexts
   */
  static double factor(int ranks, double sequences, double variation) {
    if (ranks < 2 || variation == 0) {
      return 1;
    }
    double above = 1 - (ranks - 0.375) / (ranks + 0.25);
    return 1 + normalQuantile(above) * variation / Math.sqrt(Math.max(1, sequences));
  }

  // Abramowitz and Stegun 26.2.23: error below 4.5e-4 for upper tails in (0, 0.5].
  private static double normalQuantile(double upperTail) {
    double t = Math.sqrt(-2 * StrictMath.log(upperTail));
    return t
        - (2.515517 + t * (0.802853 + t * 0.010328))
            / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  }
}
