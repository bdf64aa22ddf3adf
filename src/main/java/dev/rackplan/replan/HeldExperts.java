package dev.rackplan.replan;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * What the GPUs of a layout's stages hold of a running plan's experts.
 *
 * @param running what runs
 * @param problem whose topology has the GPUs
 * @param layout that goes on
 * @param stages with its GPUs
 */
record HeldExperts(RunningPlan running, Problem problem, Layout layout, List<Stage> stages) {
  /** Index of the stage with {@code layer}. */
  int stageOf(int layer) {
    for (int s = 0; s < stages.size(); s++) {
      if (layer <= stages.get(s).lastLayer()) {
        return s;
      }
    }
    throw new IllegalArgumentException("no stage holds layer " + layer);
  }

  /** Names of the GPUs of the stage with {@code layer}, by instance and rank. */
  List<List<String>> names(int layer) {
    Stage stage = stages.get(stageOf(layer));
    List<List<String>> names = new ArrayList<>();
    for (int instance = 0; instance < layout.replicas(); instance++) {
      names.add(
          stage.gpusOfInstance(instance, layout.gpusPerStage()).stream()
              .map(gpu -> problem.topology().gpus().get(gpu).name())
              .toList());
    }
    return names;
  }

  /** By instance and rank the experts of {@code layer} whose slice of that rank its GPU holds. */
  List<List<SortedSet<Integer>>> of(int layer) {
    return names(layer).stream().map(instance -> of(layer, instance)).toList();
  }

  private List<SortedSet<Integer>> of(int layer, List<String> instance) {
    List<SortedSet<Integer>> held = new ArrayList<>();
    for (int rank = 0; rank < instance.size(); rank++) {
      held.add(running.held(instance.get(rank), layout.expertSliceOf(rank), layer));
    }
    return held;
  }

  /** Bytes that come to GPUs which lack what {@code map} has there. */
  double movedBytes(int layer, ExpertMap map, List<List<SortedSet<Integer>>> held) {
    int moved = 0;
    for (List<SortedSet<Integer>> instance : held) {
      for (int rank = 0; rank < instance.size(); rank++) {
        int host = layout.expertHostOf(rank);
        moved += WeightMoves.lacking(map, host, instance.get(rank)).size();
      }
    }
    return moved * WeightMoves.expertBytes(problem, layout, layer);
  }
}
