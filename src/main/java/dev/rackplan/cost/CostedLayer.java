package dev.rackplan.cost;

import dev.rackplan.cost.operation.LayerCost;
import java.util.Optional;

/**
 * One layer of a plan.
 *
 * @param index among all layers
 * @param cost in its slowest scenario
 * @param experts what the placement does; empty without routed experts, or where only times were
 *     asked for
 */
public record CostedLayer(int index, LayerCost cost, Optional<CostedExperts> experts) {
  /** The layer in s. */
  public double seconds() {
    return cost.seconds();
  }
}
