package dev.rackplan.replan;

import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What runs: a plan on its own topology, and which GPU holds what, by GPU name. */
public final class RunningPlan {
  private final Topology topology;
  private final Plan plan;
  // By GPU name and layer.
  private final Map<String, Map<Integer, SortedSet<Integer>>> held = new TreeMap<>();

  /**
   * @param problem that the plan was made for
   */
  public RunningPlan(Problem problem, Plan plan) {
    this.topology = problem.topology();
    this.plan = plan;
    for (Stage stage : plan.stages()) {
      for (int instance = 0; instance < plan.layout().replicas(); instance++) {
        var gpus = stage.gpusOfInstance(instance, plan.layout().gpusPerStage());
        for (int rank = 0; rank < gpus.size(); rank++) {
          hold(stage, rank, topology.gpus().get(gpus.get(rank)).name());
        }
      }
    }
  }

  private void hold(Stage stage, int rank, String gpu) {
    Map<Integer, SortedSet<Integer>> layers = held.computeIfAbsent(gpu, name -> new TreeMap<>());
    plan.experts()
        .subMap(stage.firstLayer(), stage.lastLayer() + 1)
        .forEach(
            (layer, map) -> {
              SortedSet<Integer> experts = new TreeSet<>();
              for (int expert : map.expertsOf(rank)) {
                experts.add(expert);
              }
              layers.put(layer, experts);
            });
  }

  Plan plan() {
    return plan;
  }

  /** Name of the GPU of rank {@code rank} of {@code instance}'s copy of a stage. */
  String gpu(int stage, int instance, int rank) {
    int index =
        plan.stages().get(stage).gpusOfInstance(instance, plan.layout().gpusPerStage()).get(rank);
    return topology.gpus().get(index).name();
  }

  /** Names of all GPUs that hold anything. */
  SortedSet<String> gpus() {
    return new TreeSet<>(held.keySet());
  }

  /** Experts of {@code layer} that a GPU holds; empty where it holds none. */
  SortedSet<Integer> held(String gpu, int layer) {
    return held.getOrDefault(gpu, Map.of()).getOrDefault(layer, Collections.emptySortedSet());
  }

  /** Experts in the slots of {@code rank} in slot order. */
  int[] slots(int layer, int rank) {
    return plan.experts().get(layer).expertsOf(rank);
  }
}
