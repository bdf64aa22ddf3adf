package dev.rackplan.bound;

import dev.rackplan.cost.placement.ScenarioLayer;
import java.util.Arrays;

/**
 * Copies that the busiest receiver is sent at least, where only loads are known and experts count
 * as independent.
 *
 * <p>A receiver that gets X of a token's choices in the mean is sent at least {@code 1 - e^-X =
 * X/φ(X)} copies, {@code φ(X) = X/(1-e^-X)}. So if no receiver B is sent more than T copies, the
 * choices that it gets from all homes are at most {@code T·φ(X_B)}, with X_B the largest X that any
 * one home makes; summed, {@code T ≥ choices / Σ_B φ(X_B)}. φ is convex, so the sum is largest when
 * the X are as unequal as can be: the most loaded m experts on one receiver, the next m on another.
 * It grows by little, so that the bound is close to what even receivers reach: concentrating
 * experts spares copies, but those few receivers' links then bind.
 *
 * <p>And some receiver gets no less than the mean of what must go to one and the same receiver
 * whoever sends it ({@link #copiesOfTheFullest}): where few experts have replicas, or all senders
 * choose alike, that is more than concentrating experts leaves.
 *
 * <p>X_B is that of the expert's even shares: home's own replicas aside, {@code even} and {@code
 * nearest} send no receiver more than that. Not so {@code rankModulo}, unless each expert has one
 * replica.
 */
final class HottestReceiver {
  private final int profiles;
  private final double[] descending;

  HottestReceiver(ScenarioLayer routing) {
    this.profiles = routing.loadProfiles();
    this.descending = new double[routing.experts()];
    for (int e = 0; e < descending.length; e++) {
      double most = 0;
      // Of several profiles the most: φ grows.
      for (int p = 0; p < routing.loadProfiles(); p++) {
        most = Math.max(most, routing.loadFrequency(p, e));
      }
      descending[e] = -most;
    }
    Arrays.sort(descending);
    for (int e = 0; e < descending.length; e++) {
      descending[e] = -descending[e];
    }
  }

  /**
   * {@code Σ_B φ(X_B)} at most: choices, in units of the busiest receiver's copies, that all
   * receivers together can get.
   *
   * @param receivers all of them
   * @param experts most experts m of one
   */
  double capacity(int receivers, int experts) {
    double sum = 0;
    for (int b = 0; b < receivers; b++) {
      double group = 0;
      for (int e = b * experts; e < Math.min(descending.length, (b + 1) * experts); e++) {
        group += descending[e];
      }
      sum += group > 0 ? group / (1 - StrictMath.exp(-group)) : 1;
    }
    return sum;
  }

  /**
   * Copies per token, of those that live elsewhere, that the receiver with most choices is sent at
   * least; 0 where several profiles are mixed, whose fullest receivers may differ.
   *
   * @param receivers all of them
   * @param replicas experts that may have replicas on several receivers, of which senders choose
   *     one; 0 where all senders choose alike
   */
  double copiesOfTheFullest(int receivers, int replicas) {
    if (profiles != 1) {
      return 0;
    }
    double choices = 0;
    for (int e = Math.min(replicas, descending.length); e < descending.length; e++) {
      choices += descending[e];
    }
    return 1 - StrictMath.exp(-choices / receivers);
  }
}
