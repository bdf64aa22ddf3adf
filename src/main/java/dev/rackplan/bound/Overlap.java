package dev.rackplan.bound;

import dev.rackplan.cost.ScenarioLayer;
import java.util.Arrays;

/**
 * How many of a token's choices can at most share a receiver with another one.
 *
 * <p>With c(e,f) the share of tokens that choose both e and f, a receiver that holds at most m
 * experts makes the expected distinct receivers at least {@code k - ½·Σ_e (the m-1 largest
 * c(e,·))}: Bonferroni's inequality on each receiver, summed. From recorded tokens c is counted;
 * for load-only profiles it is the product of frequencies, as in the cost model.
 */
final class Overlap {
  // Rows descending: cumulative[e][m] = sum of the m largest c(e,·).
  private final double[][] cumulative;

  Overlap(ScenarioLayer routing) {
    int experts = routing.experts();
    double[][] joint = new double[experts][experts];
    double unit = 1.0 / (1L << 40);
    for (int t = 0; t < routing.tokens(); t++) {
      double weight = routing.tokenWeight(t) * unit;
      for (int i = 0; i < routing.expertsPerToken(); i++) {
        for (int j = 0; j < i; j++) {
          joint[routing.choice(t, i)][routing.choice(t, j)] += weight;
          joint[routing.choice(t, j)][routing.choice(t, i)] += weight;
        }
      }
    }
    for (int p = 0; p < routing.loadProfiles(); p++) {
      for (int e = 0; e < experts; e++) {
        for (int f = 0; f < experts; f++) {
          joint[e][f] +=
              routing.loadWeight(p) * routing.loadFrequency(p, e) * routing.loadFrequency(p, f);
        }
      }
    }
    this.cumulative = new double[experts][experts];
    for (int e = 0; e < experts; e++) {
      joint[e][e] = 0;
      Arrays.sort(joint[e]);
      for (int m = 1; m < experts; m++) {
        cumulative[e][m] = cumulative[e][m - 1] + joint[e][experts - m];
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
