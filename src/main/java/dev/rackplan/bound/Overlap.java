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
  // Rows descending: cumulative[e][m] = sum of the m largest c(e,·).
  private final double[][] cumulative;

  Overlap(CoChoice choices) {
    int experts = choices.experts();
    this.cumulative = new double[experts][experts];
    for (int e = 0; e < experts; e++) {
      double[] ascending = new double[experts];
      for (int f = 0; f < experts; f++) {
        ascending[f] = choices.joint(e, f);
      }
      Arrays.sort(ascending);
      for (int m = 1; m < experts; m++) {
        cumulative[e][m] = cumulative[e][m - 1] + ascending[experts - m];
      }
    }
  }

  /**
   * Choices per token that can share a receiver of {@code experts} experts with another one, at
   * most.
   */
  double choices(int experts) {
    double sum = 0;
    for (double[] row : cumulative) {
      sum += row[Math.min(experts - 1, row.length - 1)];
    }
    return sum / 2;
  }
}
