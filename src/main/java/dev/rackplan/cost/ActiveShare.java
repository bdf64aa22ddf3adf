package dev.rackplan.cost;

/**
 * Chance that a replica gets at least one token of a micro-batch, {@code 1 - (1 - p)^N}, in {@link
 * FixedPoint} units; remembers what it was asked, since a search asks for the same few hundred
 * shares p millions of times.
 */
final class ActiveShare {
  private static final int PLACE_BITS = 14;

  private final double tokens;
  private final double[] asked = new double[1 << PLACE_BITS];
  private final long[] answer = new long[1 << PLACE_BITS];

  /**
   * @param tokens tokens N of one micro-batch over the whole stage
   */
  ActiveShare(double tokens) {
    this.tokens = tokens;
  }

  /** For a replica that gets {@code share} of the tokens, at least 0; above 1 counts as 1. */
  long of(double share) {
    long bits = Double.doubleToRawLongBits(share);
    int place = (int) ((bits * 0x9E3779B97F4A7C15L) >>> 64 - PLACE_BITS);
    if (asked[place] != share) {
      asked[place] = share;
      answer[place] = FixedPoint.of(1 - StrictMath.pow(1 - Math.min(1, share), tokens));
    }
    return answer[place];
  }
}
