package dev.rackplan.replan;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.workload.ForetoldLoads;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What maps of a layer take in the window to come.
 *
 * <p>Where windows so far are known by load, in windows that may come, {@link ForetoldLoads}, each
 * with tokens of its own where the gate limits groups: no search has seen them. A search evens out
 * the loads that it knows, which will have moved on, and takes its tokens' accidents for affinity;
 * both cost time in the next window (docs/decisions/0041-placers-judged-by-windows-to-come.md).
 * Where windows so far weigh alike, loads come and go, and the next window is taken to be like any
 * of them, as a whole: which experts are hot together stays
 * (docs/decisions/0051-first-plans-sooner-and-windows-that-come-again.md). Where tokens were
 * recorded, as the search judges: its windows are parts of them. Immutable.
 */
final class NextWindows {
  // So many that the means of two maps on the same windows are told apart: windows by load, which
  // tell what experts take, and those of them with tokens, which cost more and tell the traffic.
  private static final int LOADS = 32;
  private static final int TOKENS = 4;

  private final LayerProblem loads;
  private final LayerProblem tokens;
  private final boolean recorded;

  private NextWindows(LayerProblem loads, LayerProblem tokens, boolean recorded) {
    this.recorded = recorded;
    this.loads = loads;
    this.tokens = tokens;
  }

  /**
   * @param planned the layer as it is searched
   * @param windows so far, oldest first
   * @param keep what a window weighs against the next one
   */
  static NextWindows of(LayerProblem planned, List<LayerRouting> windows, double keep, long seed) {
    if (planned.scenarios().stream().anyMatch(ScenarioLayer::recorded)) {
      return new NextWindows(planned, planned, true);
    }
    LayerRouting last = windows.get(windows.size() - 1);
    List<double[]> next =
        keep >= 1
            ? newestFirst(windows)
            : List.of(ForetoldLoads.of(windows, keep, LOADS, seed, planned.layer()));
    List<LayerRouting> loads =
        next.stream().map(row -> LayerRouting.ofLoads(row, last.expertsPerToken())).toList();
    List<LayerRouting> tokens = next.stream().limit(TOKENS).map(last::withLoads).toList();
    return new NextWindows(in(planned, loads), in(planned, last.isDrawn() ? tokens : loads), false);
  }

  private static List<double[]> newestFirst(List<LayerRouting> windows) {
    return IntStream.range(0, windows.size())
        .mapToObj(i -> windows.get(windows.size() - 1 - i))
        .map(LayerRouting::frequencies)
        .toList();
  }

  private static LayerProblem in(LayerProblem planned, List<LayerRouting> windows) {
    return new LayerProblem(
        planned.layer(),
        planned.shape(),
        planned.model(),
        windows.stream().map(NextWindows::scenario).toList(),
        planned.engine(),
        0,
        planned.ofSample());
  }

  private static ScenarioLayer scenario(LayerRouting routing) {
    RoutingProfile profile = new RoutingProfile("next window", 1, List.of(routing));
    return new ScenarioLayer(new Scenario(profile.name(), List.of(profile)), 0);
  }

  /** Expert time + all-to-all in s to be expected of {@code map}. */
  double seconds(ExpertMap map) {
    if (recorded) {
      return loads.seconds(map);
    }
    ExpertLayerModel model = loads.model();
    return mean(loads, map, model::expertSeconds)
        + mean(tokens, map, tally -> model.placementSeconds(tally) - model.expertSeconds(tally));
  }

  private static double mean(
      LayerProblem windows, ExpertMap map, ToDoubleFunction<PlacementTally> seconds) {
    return windows.tallies(map).all().stream().mapToDouble(seconds).average().orElseThrow();
  }
}
