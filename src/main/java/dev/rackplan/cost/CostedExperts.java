package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.placement.PlacementTally;
import java.util.List;
import java.util.Optional;

/**
 * What the expert placement of one MoE layer does, from one count of each scenario.
 *
 * @param terms what the layer's time is made of in its slowest scenario
 * @param slowestGpu whose experts take longest there
 * @param busiestLink over all scenarios
 * @param scenarios figures of each scenario that the plan is made for, in their order
 * @param slowest which of them takes longest
 * @param heldOut the same of those kept back; counted for the first instance only
 * @param gpus what each GPU does in the slowest scenario, where that was asked for
 */
public record CostedExperts(
    MoeLayerTerms terms,
    SlowestGpu slowestGpu,
    BusiestLink busiestLink,
    List<PlacementCount> scenarios,
    int slowest,
    List<PlacementCount> heldOut,
    Optional<GpuCount> gpus) {
  public CostedExperts {
    scenarios = List.copyOf(scenarios);
    heldOut = List.copyOf(heldOut);
  }

  /**
   * The GPU whose experts take longest at its mean load.
   *
   * @param position among the GPUs that expert slots are dealt to
   * @param pairs (token, expert) pairs that it computes at once
   * @param activeExperts of its own that at least one token chose, mean
   * @param seconds its experts at these, in s
   */
  public record SlowestGpu(int position, double pairs, double activeExperts, double seconds) {
    static SlowestGpu of(ExpertLayerModel model, PlacementTally tally) {
      int gpu = model.slowestGpu(tally);
      return new SlowestGpu(
          gpu,
          tally.load(gpu) * model.tokensAtOnce(),
          tally.activeExperts(gpu),
          model.gpuSeconds(tally, gpu));
    }
  }
}
