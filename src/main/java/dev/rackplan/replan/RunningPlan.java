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

/**
 * What runs: a plan on its own topology, and which GPU holds what, by GPU name.
 *
 * <p>Where experts are sliced, each GPU of an expert host holds the same slice of all its experts.
 */
public final class RunningPlan {
  private final Topology topology;
  private final Plan plan;
  // By GPU name and layer.
  private final Map<String, Map<Integer, SortedSet<Integer>>> held = new TreeMap<>();
  // Which slice of them, by GPU name.
  private final Map<String, Integer> slices = new TreeMap<>();

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
    slices.put(gpu, plan.layout().expertSliceOf(rank));
    int host = plan.layout().expertHostOf(rank);
    plan.experts()
        .subMap(stage.firstLayer(), stage.lastLayer() + 1)
        .forEach(
            (layer, map) -> {
              SortedSet<Integer> experts = new TreeSet<>();
              for (int expert : map.expertsOf(host)) {
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

  /**
   * Experts of {@code layer} of which a GPU holds this slice; empty where it holds none.
   *
   * @param slice from 0; 0 where experts are whole
   */
  SortedSet<Integer> held(String gpu, int slice, int layer) {
    return slices.getOrDefault(gpu, slice) == slice
        ? held.getOrDefault(gpu, Map.of()).getOrDefault(layer, Collections.emptySortedSet())
        : Collections.emptySortedSet();
  }

  /** Experts in the slots of expert host {@code host} in slot order. */
  int[] slots(int layer, int host) {
    return plan.experts().get(layer).expertsOf(host);
  }
}
