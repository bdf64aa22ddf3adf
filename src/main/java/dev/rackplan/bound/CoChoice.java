package dev.rackplan.bound;

import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.ScenarioLayer;

/**
 * How often experts are chosen, alone and in pairs.
 *
 * <p>From recorded tokens pairs are counted; for load-only profiles they are the product of
 * frequencies, as in the cost model. The diagonal is zero.
 */
final class CoChoice {
  private final double[] frequency;
  private final double[][] joint;

  CoChoice(ScenarioLayer routing) {
    int experts = routing.experts();
    this.frequency = routing.chosenShares();
    this.joint = new double[experts][experts];
    for (int t = 0; t < routing.tokens(); t++) {
      double weight = FixedPoint.toDouble(routing.tokenWeight(t));
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
              e == f
                  ? 0
                  : routing.loadWeight(p)
                      * routing.loadFrequency(p, e)
                      * routing.loadFrequency(p, f);
        }
      }
    }
  }

  int experts() {
    return frequency.length;
  }

  /** Share of tokens that choose expert {@code e}. */
  double frequency(int e) {
    return frequency[e];
  }

  /** Share of tokens that choose both {@code e} and {@code f}; 0 where they are the same. */
  double joint(int e, int f) {
    return joint[e][f];
  }
}
