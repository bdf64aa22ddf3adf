package dev.rackplan.replan;

import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The running layout as far as it goes on: the same stages and replicas on the GPUs that are still
 * in use, lost ones replaced by GPUs that were idle, and where there are none every replica without
 * those ranks.
 *
 * @param layout what goes on
 * @param stages with the GPUs of the new topology
 * @param ranks for each stage the running rank whose place each new rank takes
 */
record KeptRanks(Layout layout, List<Stage> stages, List<List<Integer>> ranks) {

  /**
   * Of {@code running} under {@code problem}.
   *
   * @throws NoReplanException where the problem allows no such layout; the message says which
   */
  static KeptRanks of(RunningPlan running, Problem problem) {
    Layout old = running.plan().layout();
    Map<String, Gpu> usable = new HashMap<>();
    TreeSet<Integer> idle = new TreeSet<>();
    for (Gpu gpu : problem.topology().usableGpus()) {
      usable.put(gpu.name(), gpu);
      if (!running.gpus().contains(gpu.name())) {
        idle.add(gpu.index());
      }
    }
    List<List<List<Integer>>> placed = new ArrayList<>();
    int most = 0;
    for (int s = 0; s < running.plan().stages().size(); s++) {
      placed.add(place(running, problem, usable, idle, s));
      int lost = (int) lostRanks(placed.get(s), old.gpusPerStage()).count();
      most = Math.max(most, lost);
    }
    int tensor = old.attentionTensorParallel();
    int gpus = (old.gpusPerStage() - most) / tensor * tensor;
    if (gpus == 0 || (old.expertParallel() == 1 && gpus < old.gpusPerStage())) {
      throw new NoReplanException(
          "a stage keeps " + (old.gpusPerStage() - most) + " of " + old.gpusPerStage() + " GPUs",
          "Solve the changed problem instead: its layout has to be another one.");
    }
    List<List<Integer>> ranks = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < placed.size(); s++) {
      List<List<Integer>> instances = placed.get(s);
      TreeSet<Integer> lost = new TreeSet<>();
      lostRanks(instances, old.gpusPerStage()).forEach(lost::add);
      List<Integer> kept =
          IntStream.range(0, old.gpusPerStage())
              .filter(rank -> !lost.contains(rank))
              .limit(gpus)
              .boxed()
              .toList();
      List<Integer> indices = new ArrayList<>();
      for (List<Integer> instance : instances) {
        kept.forEach(rank -> indices.add(instance.get(rank)));
      }
      Stage stage = running.plan().stages().get(s);
      stages.add(new Stage(stage.firstLayer(), stage.lastLayer(), indices));
      ranks.add(kept);
    }
    return new KeptRanks(layout(running, problem, gpus), stages, ranks);
  }

  // Index of each rank's GPU by instance, -1 where it is lost.
  private static List<List<Integer>> place(
      RunningPlan running,
      Problem problem,
      Map<String, Gpu> usable,
      TreeSet<Integer> idle,
      int stage) {
    Layout old = running.plan().layout();
    List<List<Integer>> instances = new ArrayList<>();
    for (int instance = 0; instance < old.replicas(); instance++) {
      List<Integer> indices = new ArrayList<>();
      TreeSet<Integer> domains = new TreeSet<>();
      for (int rank = 0; rank < old.gpusPerStage(); rank++) {
        Gpu gpu = usable.get(running.gpu(stage, instance, rank));
        indices.add(gpu == null ? -1 : gpu.index());
        if (gpu != null) {
          domains.add(gpu.domain());
        }
      }
      for (int rank = 0; rank < indices.size(); rank++) {
        if (indices.get(rank) < 0) {
          indices.set(rank, substitute(problem, idle, domains));
        }
      }
      instances.add(indices);
    }
    return instances;
  }

  /** An idle GPU, of one of the domains where there is one; -1 where none is idle. */
  private static int substitute(Problem problem, TreeSet<Integer> idle, TreeSet<Integer> domains) {
    int found = -1;
    for (int gpu : idle) {
      if (domains.contains(problem.topology().gpus().get(gpu).domain())) {
        found = gpu;
        break;
      }
    }
    if (found < 0 && !idle.isEmpty()) {
      found = idle.first();
    }
    idle.remove(found);
    return found;
  }

  private static IntStream lostRanks(List<List<Integer>> instances, int gpus) {
    return IntStream.range(0, gpus)
        .filter(rank -> instances.stream().anyMatch(instance -> instance.get(rank) < 0));
  }

  private static Layout layout(RunningPlan running, Problem problem, int gpus) {
    Layout old = running.plan().layout();
    int expertParallel = old.expertParallel() == 1 ? 1 : gpus;
    int redundant = old.redundantExperts();
    if (!running.plan().experts().isEmpty() && gpus < old.gpusPerStage()) {
      int experts = problem.model().moe(problem.model().moeLayers().get(0)).orElseThrow().experts();
      redundant = redundant(problem.layoutSpace(), experts, old, gpus);
    }
    OptionalLong wanted = problem.workload().concurrentSequences();
    int groups = old.replicas() * old.microBatches();
    int sequences =
        wanted.isPresent()
            ? (int) Math.max(1, (wanted.getAsLong() + groups - 1) / groups)
            : old.sequencesPerMicroBatch();
    Layout layout =
        new Layout(
            old.replicas(),
            old.pipelineStages(),
            expertParallel,
            old.attentionTensorParallel(),
            old.microBatches(),
            sequences,
            redundant);
    refuseForbidden(problem.layoutSpace(), layout);
    return layout;
  }

  /**
   * As many slots a GPU as before where that holds all experts and is allowed, else the nearest.
   */
  private static int redundant(LayoutSpace space, int experts, Layout old, int gpus) {
    int perGpu =
        new GpuSlots(experts + old.redundantExperts(), old.gpusPerStage()).mostSlotsPerGpu();
    int same = Math.max(0, perGpu * gpus - experts);
    return space.redundantExperts().stream()
        .min((a, b) -> Integer.compare(Math.abs(a - same), Math.abs(b - same)))
        .orElse(same);
  }

  private static void refuseForbidden(LayoutSpace space, Layout layout) {
    refuse("replicas", space.replicas(), layout.replicas());
    refuse("pipelineStages", space.pipelineStages(), layout.pipelineStages());
    refuse("expertParallel", space.expertParallel(), layout.expertParallel());
    refuse(
        "attentionTensorParallel",
        space.attentionTensorParallel(),
        layout.attentionTensorParallel());
    refuse("microBatches", space.microBatches(), layout.microBatches());
  }

  private static void refuse(String key, List<Integer> allowed, int value) {
    if (!allowed.isEmpty() && !allowed.contains(value)) {
      throw new NoReplanException(
          "the running plan would go on with "
              + key
              + " "
              + value
              + ", the problem allows "
              + allowed,
          "Add " + value + " to layout." + key + " of the problem, or solve it anew.");
    }
  }
}
