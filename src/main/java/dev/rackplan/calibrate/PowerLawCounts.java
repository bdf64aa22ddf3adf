package dev.rackplan.calibrate;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Tokens of each expert where experts' weights follow a power law, in a few seeded draws.
 *
 * <p>Weights are {@code x = (u·(hi^(1-a) - lo^(1-a)) + lo^(1-a))^(1/(1-a))} with [lo, hi] = [1, 0.8
 * · tokens], or [0.01, 2] where there are no more pairs than experts; scaled to the pairs, rounded,
 * at most one a token. What rounding leaves goes to each rank's least loaded expert in turn, or
 * comes from its most loaded.
 */
final class PowerLawCounts {
  private static final int DRAWS = 16;
  private static final double FEW_LEAST = 0.01;
  private static final double FEW_MOST = 2;
  private static final double MOST_SHARE = 0.8;
  private static final double LOGARITHMIC = 1e-9;

  private final int tokens;
  private final long pairs;
  private final int[][] draws = new int[DRAWS][];

  PowerLawCounts(int tokens, int experts, int picks, double exponent) {
    this.tokens = tokens;
    this.pairs = (long) tokens * picks;
    SplittableRandom random =
        new SplittableRandom(Arrays.hashCode(new double[] {tokens, experts, picks, exponent}));
    double least = pairs > experts ? 1 : FEW_LEAST;
    double most = pairs > experts ? Math.max(least, MOST_SHARE * tokens) : FEW_MOST;
    for (int draw = 0; draw < DRAWS; draw++) {
      draws[draw] = rounded(random, experts, least, most, exponent);
    }
  }

  private int[] rounded(
      SplittableRandom random, int experts, double least, double most, double exponent) {
    double[] weights = new double[experts];
    double sum = 0;
    for (int i = 0; i < experts; i++) {
      weights[i] = weight(random.nextDouble(), least, most, exponent);
      sum += weights[i];
    }
    int[] counts = new int[experts];
    for (int i = 0; i < experts; i++) {
      counts[i] = (int) Math.min(tokens, Math.rint(weights[i] / sum * pairs));
    }
    return counts;
  }

  private static double weight(double u, double least, double most, double exponent) {
    double power = 1 - exponent;
    if (Math.abs(power) < LOGARITHMIC) {
      return least * Math.pow(most / least, u);
    }
    double low = Math.pow(least, power);
    return Math.pow(u * (Math.pow(most, power) - low) + low, 1 / power);
  }

  /** The load of the rank with the most pairs, mean over draws. */
  ExpertLoad busiest(int ranks) {
    double sumPairs = 0;
    double sumActive = 0;
    for (int[] draw : draws) {
      int[] counts = draw.clone();
      int each = Math.max(1, counts.length / ranks);
      makeGood(counts, each);
      long most = -1;
      int active = 0;
      for (int from = 0; from + each <= counts.length; from += each) {
        int[] rank = Arrays.copyOfRange(counts, from, from + each);
        long here = Arrays.stream(rank).asLongStream().sum();
        if (here > most) {
          most = here;
          active = (int) Arrays.stream(rank).filter(count -> count > 0).count();
        }
      }
      sumPairs += most;
      sumActive += active;
    }
    return new ExpertLoad(sumPairs / DRAWS, sumActive / DRAWS);
  }

  private void makeGood(int[] counts, int each) {
    long left = pairs - Arrays.stream(counts).asLongStream().sum();
    int sign = Long.signum(left);
    while (left != 0) {
      long before = left;
      for (int expert : turns(counts, each, sign)) {
        boolean may = sign > 0 ? counts[expert] < tokens : counts[expert] > 0;
        if (may && left != 0) {
          counts[expert] += sign;
          left -= sign;
        }
      }
      if (left == before) {
        return;
      }
    }
  }

  /** The least (or most) loaded expert of each rank, then the next of each, and so on. */
  private static int[] turns(int[] counts, int each, int sign) {
    int ranks = counts.length / each;
    int[] turns = new int[ranks * each];
    for (int rank = 0; rank < ranks; rank++) {
      int first = rank * each;
      long[] order = new long[each];
      for (int i = 0; i < each; i++) {
        order[i] = ((long) sign * counts[first + i] << 32) + first + i;
      }
      Arrays.sort(order);
      for (int i = 0; i < each; i++) {
        turns[i * ranks + rank] = (int) order[i];
      }
    }
    return turns;
  }
}
