package dev.rackplan.bound;

import java.util.Arrays;

/**
 * How many of a token's choices can at most share a receiver with another one.
 *
 * <p>With c(e,f) the share of tokens that choose both e and f, a receiver that holds at most m
 * experts makes the expected distinct receivers at least {@code k - ½·Σ_e (the m-1 largest
 * c(e,·))}: Bonferroni's inequality on each receiver, summed.
 */
final class Overlap {
  // Part of a row that is picked out rather than sorted.
  private static final int FEW = 8;

  private final CoChoice choices;

  Overlap(CoChoice choices) {
    this.choices = choices;
  }

  /**
   * Choices per token that can share a receiver of {@code slots} experts with another one, at most.
   */
  double choices(int slots) {
    int experts = choices.experts();
    int count = Math.min(experts, slots) - 1;
    double[] row = new double[experts];
    double[] largest = new double[Math.max(1, count)];
    double sum = 0;
    for (int e = 0; e < experts && count > 0; e++) {
      for (int f = 0; f < experts; f++) {
        row[f] = choices.joint(e, f);
      }
      sum += sumOfLargest(row, largest);
    }
    return sum / 2;
  }

  // From the largest down.
  private static double sumOfLargest(double[] row, double[] largest) {
    if (largest.length * FEW > row.length) {
      Arrays.sort(row);
      for (int i = 0; i < largest.length; i++) {
        largest[i] = row[row.length - 1 - i];
      }
    } else {
      pick(row, largest);
    }
    double sum = 0;
    for (double value : largest) {
      sum += value;
    }
    return sum;
  }

  private static void pick(double[] row, double[] largest) {
    int last = largest.length - 1;
    Arrays.fill(largest, Double.NEGATIVE_INFINITY);
    for (double value : row) {
      if (value > largest[last]) {
        int at = last;
        while (at > 0 && largest[at - 1] < value) {
          largest[at] = largest[at - 1];
          at--;
        }
        largest[at] = value;
      }
    }
  }
}
