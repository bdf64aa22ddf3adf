package dev.rackplan.bound;

import dev.rackplan.cost.operation.LayerCost;

/**
 * What a layer costs at least.
 *
 * @param seconds the whole layer in s
 * @param apartSeconds the same with nothing side by side, in s
 * @param tailSeconds its part of a bubble: {@link LayerCost#tailSeconds}, in s
 * @param terms bounds of what a placement decides; zero without routed experts
 */
public record LayerFloor(
    double seconds, double apartSeconds, double tailSeconds, LayerTerms terms) {

  /** A layer whose terms are at their bounds. */
  static LayerFloor of(LayerCost cost, LayerTerms terms) {
    return new LayerFloor(cost.seconds(), cost.apartSeconds(), cost.tailSeconds(), terms);
  }

  /** Where the passes alone are not known: as long as side by side, and no bubble. */
  LayerFloor withoutPasses() {
    return new LayerFloor(seconds, seconds, 0, terms);
  }

  /** Of this stage or another one, whichever takes the layer. */
  LayerFloor orBelow(LayerFloor other) {
    return new LayerFloor(
        Math.min(seconds, other.seconds),
        Math.min(apartSeconds, other.apartSeconds),
        Math.min(tailSeconds, other.tailSeconds),
        other.seconds < seconds ? other.terms : terms);
  }
}
