package dev.rackplan.bound;

import dev.rackplan.cost.placement.ScenarioLayer;
import java.util.Arrays;

/**
 * Distinct receivers per token where only loads are known and experts count as independent.
 *
 * <p>A receiver that gets X of a token's experts in the mean is sent {@code 1 - Π(1-x) ≥ g(X) = 1 -
 * e^-X} copies. g is concave, so the sum over receivers is least when the X are as unequal as can
 * be: the most loaded m experts on one receiver, the next m on another, and so on (any other
 * placement, with replicas or without, is majorised by that one). At the home, h receivers together
 * hold at most the first h of these groups, which spares at most {@code h·g(their sum / h)} copies.
 */
final class IndependentReceivers {
  private final ScenarioLayer routing;
  // Per profile.
  private final double[][] descending;

  IndependentReceivers(ScenarioLayer routing) {
    this.routing = routing;
    this.descending = new double[routing.loadProfiles()][];
    for (int p = 0; p < descending.length; p++) {
      descending[p] = descending(p);
    }
  }

  /**
   * Least copies per token to receivers other than the {@code atHome} that cost nothing.
   *
   * @param experts most experts m that one receiver can hold
   */
  double copies(int experts, int atHome) {
    double copies = 0;
    for (int p = 0; p < descending.length; p++) {
      copies += routing.loadWeight(p) * copies(descending[p], experts, atHome);
    }
    return copies;
  }

  private static double copies(double[] frequency, int experts, int atHome) {
    double all = 0;
    double home = 0;
    for (int first = 0; first < frequency.length; first += experts) {
      double group = 0;
      for (int e = first; e < Math.min(frequency.length, first + experts); e++) {
        group += frequency[e];
      }
      all += receives(group);
      home += first / experts < atHome ? group : 0;
    }
    return atHome == 0 ? all : Math.max(0, all - atHome * receives(home / atHome));
  }

  private static double receives(double experts) {
    return 1 - StrictMath.exp(-experts);
  }

  private double[] descending(int profile) {
    double[] frequency = new double[routing.experts()];
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = -routing.loadFrequency(profile, e);
    }
    Arrays.sort(frequency);
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = -frequency[e];
    }
    return frequency;
  }
}
