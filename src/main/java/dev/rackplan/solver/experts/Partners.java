package dev.rackplan.solver.experts;

import dev.rackplan.cost.placement.ScenarioLayer;
import java.util.Arrays;

/**
 * Which experts are chosen together most, by the recorded tokens of all scenarios: whom a move
 * should bring into one domain. Immutable.
 */
final class Partners {
  private static final int MOST = 8;

  // Per expert its partners, most often together first; empty rows without recorded tokens, or
  // where all experts are in one domain anyhow.
  private final int[][] partners;

  private Partners(int[][] partners) {
    this.partners = partners;
  }

  static Partners of(LayerProblem problem) {
    int experts = problem.experts();
    if (problem.shape().domainCount() == 1) {
      return new Partners(new int[experts][0]);
    }
    double[][] together = new double[experts][experts];
    boolean known = false;
    for (ScenarioLayer scenario : problem.scenarios()) {
      known |= scenario.tokens() > 0;
      count(scenario, together);
    }
    int[][] partners = new int[experts][0];
    for (int e = 0; known && e < experts; e++) {
      partners[e] = most(together[e]);
    }
    return new Partners(partners);
  }

  // The first of equals first.
  private static int[] most(double[] row) {
    int[] most = new int[MOST];
    int count = 0;
    for (int other = 0; other < row.length; other++) {
      int at = count;
      while (at > 0 && row[other] > row[most[at - 1]]) {
        at--;
      }
      if (row[other] > 0 && at < MOST) {
        System.arraycopy(most, at, most, at + 1, Math.min(count, MOST - 1) - at);
        most[at] = other;
        count = Math.min(count + 1, MOST);
      }
    }
    return Arrays.copyOf(most, count);
  }

  private static void count(ScenarioLayer scenario, double[][] together) {
    for (int token = 0; token < scenario.tokens(); token++) {
      double weight = scenario.tokenWeight(token);
      for (int i = 0; i < scenario.expertsPerToken(); i++) {
        for (int j = 0; j < i; j++) {
          together[scenario.choice(token, i)][scenario.choice(token, j)] += weight;
          together[scenario.choice(token, j)][scenario.choice(token, i)] += weight;
        }
      }
    }
  }

  /** Partners of {@code expert}, most often together first; shared, not to be written to. */
  int[] of(int expert) {
    return partners[expert];
  }
}
