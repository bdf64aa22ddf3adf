package dev.rackplan.cost;

import java.util.List;
import java.util.Optional;

/**
 * What the expert placement of one MoE layer does, from one count of each scenario.
 *
 * @param terms what the layer's time is made of in its slowest scenario
 * @param busiestLink over all scenarios
 * @param scenarios figures of each scenario that the plan is made for, in their order
 * @param slowest which of them takes longest
 * @param heldOut the same of those kept back; counted for the first instance only
 * @param gpus what each GPU does in the slowest scenario, where that was asked for
 */
public record CostedExperts(
    MoeLayerTerms terms,
    BusiestLink busiestLink,
    List<PlacementCount> scenarios,
    int slowest,
    List<PlacementCount> heldOut,
    Optional<GpuCount> gpus) {
  public CostedExperts {
    scenarios = List.copyOf(scenarios);
    heldOut = List.copyOf(heldOut);
  }
}
