package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.Roofline;

/**
 * Chances that experts idle, by tokens at once; the last ones asked for are kept, since steps of
 * many sizes and layouts ask for the same. Two threads may work out the same.
 */
final class IdleShares {
  private static final int PLACES = 16;

  private record Known(double tokens, double[] shares) {}

  private final double[] frequency;
  private final Known[] known = new Known[PLACES];

  /**
   * @param frequency share f of tokens that choose each expert
   */
  IdleShares(double[] frequency) {
    this.frequency = frequency;
  }

  /**
   * By expert the chance {@code (1 - f)^tokens} that none of so many tokens choose it; not to be
   * changed.
   */
  double[] of(double tokens) {
    long bits = Double.doubleToRawLongBits(tokens) * 0x9E3779B97F4A7C15L;
    int place = (int) (bits >>> 60) % PLACES;
    Known there = known[place];
    if (there == null || there.tokens() != tokens) {
      double[] shares = new double[frequency.length];
      for (int e = 0; e < shares.length; e++) {
        shares[e] = Roofline.idleChance(frequency[e], tokens);
      }
      there = new Known(tokens, shares);
      known[place] = there;
    }
    return there.shares();
  }
}
