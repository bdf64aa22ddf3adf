package dev.rackplan.cost.operation;

import java.util.Arrays;

/**
 * Chance that a replica gets at least one of the tokens that one reading serves, {@code 1 - (1 -
 * p)^N}, in {@link FixedPoint} units; remembers what it was asked, since a search asks for the same
 * few hundred shares p millions of times.
 */
public final class ActiveShare {
  // Each expert of each scenario has some shares, by its number of replicas. A placement that is
  // counted once asks for each but once: places are made as they are wanted.
  private static final int PLACES_PER_EXPERT = 64;
  private static final int MOST_PLACE_BITS = 14;
  private static final int FIRST_PLACE_BITS = 6;

  private double tokens;
  private final int mostPlaceBits;
  private int placeBits;
  private int misses;
  private double[] asked;
  private long[] answer;

  /**
   * @param tokens tokens N over the whole stage that one reading of an expert serves
   * @param experts experts of all scenarios together
   */
  public ActiveShare(double tokens, int experts) {
    this.tokens = tokens;
    int wanted = 32 - Integer.numberOfLeadingZeros(PLACES_PER_EXPERT * experts - 1);
    this.mostPlaceBits = Math.min(MOST_PLACE_BITS, wanted);
    makePlaces(Math.min(FIRST_PLACE_BITS, mostPlaceBits));
  }

  private void makePlaces(int bits) {
    placeBits = bits;
    misses = 0;
    asked = new double[1 << bits];
    answer = new long[1 << bits];
  }

  /** Tokens that one reading of an expert serves. */
  public double tokens() {
    return tokens;
  }

  /** Another number of tokens that one reading serves. */
  public void reset(double otherTokens) {
    tokens = otherTokens;
    Arrays.fill(asked, 0);
    Arrays.fill(answer, 0);
    misses = 0;
  }

  /** For a replica that gets {@code share} of the tokens, at least 0; above 1 counts as 1. */
  public long of(double share) {
    int place = place(share);
    if (asked[place] != share) {
      if (misses++ > 4 * asked.length && placeBits < mostPlaceBits) {
        makePlaces(mostPlaceBits);
        place = place(share);
      }
      asked[place] = share;
      answer[place] = FixedPoint.of(Roofline.activeChance(share, tokens));
    }
    return answer[place];
  }

  private int place(double share) {
    long bits = Double.doubleToRawLongBits(share);
    return (int) ((bits * 0x9E3779B97F4A7C15L) >>> 64 - placeBits);
  }
}
