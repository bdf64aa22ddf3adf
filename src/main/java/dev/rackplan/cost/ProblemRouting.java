package dev.rackplan.cost;

import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Scenario;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A problem's routing, mixed once: for each MoE layer (by layer index of the model) one {@link
 * ScenarioLayer} per scenario. Immutable.
 */
public final class ProblemRouting {
  private final Map<Integer, List<ScenarioLayer>> scenarios;
  private final Map<Integer, List<ScenarioLayer>> heldOut;

  private ProblemRouting(
      Map<Integer, List<ScenarioLayer>> scenarios, Map<Integer, List<ScenarioLayer>> heldOut) {
    this.scenarios = scenarios;
    this.heldOut = heldOut;
  }

  public static ProblemRouting of(Problem problem) {
    List<Integer> moeLayers = problem.model().moeLayers();
    return new ProblemRouting(
        mix(problem.workload().routing().scenarios(), moeLayers),
        mix(problem.workload().routing().heldOut(), moeLayers));
  }

  private static Map<Integer, List<ScenarioLayer>> mix(
      List<Scenario> scenarios, List<Integer> moeLayers) {
    Map<Integer, List<ScenarioLayer>> layers = new HashMap<>();
    for (int i = 0; i < moeLayers.size(); i++) {
      List<ScenarioLayer> mixed = new ArrayList<>();
      for (Scenario scenario : scenarios) {
        mixed.add(new ScenarioLayer(scenario, i));
      }
      layers.put(moeLayers.get(i), mixed);
    }
    return layers;
  }

  /** Scenarios of MoE layer {@code layer}: what the plan is made for. */
  public List<ScenarioLayer> of(int layer) {
    return scenarios.get(layer);
  }

  /** Scenarios kept back; empty where none were. */
  public List<ScenarioLayer> heldOut(int layer) {
    return heldOut.get(layer);
  }
}
