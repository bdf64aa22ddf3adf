package dev.rackplan.cost.placement;

import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Scenario;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
    List<List<ScenarioLayer>> mixed =
        IntStream.range(0, moeLayers.size())
            .parallel()
            .mapToObj(
                i -> scenarios.stream().map(scenario -> new ScenarioLayer(scenario, i)).toList())
            .toList();
    Map<Integer, List<ScenarioLayer>> layers = new HashMap<>();
    for (int i = 0; i < mixed.size(); i++) {
      layers.put(moeLayers.get(i), mixed.get(i));
    }
    return layers;
  }

  /**
   * For a first look: MoE layers in {@code groups} runs of equal length, each layer with the
   * routing of its run's middle one.
   *
   * @param groups at least 1; as many as layers, or more, change nothing
   */
  public ProblemRouting sampled(int groups) {
    if (groups < 1) {
      throw new IllegalArgumentException("groups must be >= 1, was " + groups);
    }
    List<Integer> layers = scenarios.keySet().stream().sorted().toList();
    if (groups >= layers.size()) {
      return this;
    }
    Map<Integer, List<ScenarioLayer>> sample = new HashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      int group = i * groups / layers.size();
      int first = (group * layers.size() + groups - 1) / groups;
      int next = ((group + 1) * layers.size() + groups - 1) / groups;
      sample.put(layers.get(i), scenarios.get(layers.get((first + next - 1) / 2)));
    }
    return new ProblemRouting(sample, heldOut);
  }

  /** Scenarios of MoE layer {@code layer}: what the plan is made for. */
  public List<ScenarioLayer> of(int layer) {
    return scenarios.get(layer);
  }

  /** Whether tokens of any layer were recorded. */
  public boolean recorded() {
    return scenarios.values().stream()
        .anyMatch(layers -> layers.stream().anyMatch(ScenarioLayer::recorded));
  }

  /** Scenarios kept back; empty where none were. */
  public List<ScenarioLayer> heldOut(int layer) {
    return heldOut.get(layer);
  }
}
