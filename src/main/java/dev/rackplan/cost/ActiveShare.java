package dev.rackplan.cost;

import java.util.Arrays;

/**
 * Chance that a replica gets at least one of the tokens that one reading serves, {@code 1 - (1 -
 * p)^N}, in {@link FixedPoint} units; remembers what it was asked, since a search asks for the same
 * few hundred shares p millions of times.
 */
final class ActiveShare {
  // Each expert of each scenario has some shares, by its number of replicas.
  private static final int PLACES_PER_EXPERT = 64;
  private static final int MOST_PLACE_BITS = 14;

  private double tokens;
  private final int placeBits;
  private final double[] asked;
  private final long[] answer;

  /**
   * @param tokens tokens N over the whole stage that one reading of an expert serves
   * @param experts experts of all scenarios together
   */
  ActiveShare(double tokens, int experts) {
    this.tokens = tokens;
    int wanted = 32 - Integer.numberOfLeadingZeros(PLACES_PER_EXPERT * experts - 1);
    this.placeBits = Math.min(MOST_PLACE_BITS, wanted);
    this.asked = new double[1 << placeBits];
    this.answer = new long[1 << placeBits];
  }

  /** Another number of tokens that one reading serves. */
  void reset(double otherTokens) {
    tokens = otherTokens;
    Arrays.fill(asked, 0);
    Arrays.fill(answer, 0);
  }

  /** For a replica that gets {@code share} of the tokens, at least 0; above 1 counts as 1. */
  long of(double share) {
    long bits = Double.doubleToRawLongBits(share);
    int place = (int) ((bits * 0x9E3779B97F4A7C15L) >>> 64 - placeBits);
    if (asked[place] != share) {
      asked[place] = share;
      answer[place] = FixedPoint.of(1 - StrictMath.pow(1 - Math.min(1, share), tokens));
    }
    return answer[place];
  }
}
