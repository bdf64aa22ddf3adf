package dev.rackplan.solver;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Cuts the layers of a training layout into stages, as even in time as memory lets: early stages
 * hold more micro-batches than late ones.
 */
final class TrainingCut {
  // To a thousandth of the slowest stage: layers are longer.
  private static final int HALVINGS = 14;

  private final Problem problem;
  private final Layout layout;
  private final double[] layerSeconds;
  private final int[] slots;
  private final double[] limitBytes;

  /**
   * @param layerSeconds of each layer, the head as the last entry
   * @param limitBytes usable bytes of the smallest GPU of each stage
   */
  TrainingCut(Problem problem, Layout layout, double[] layerSeconds, double[] limitBytes) {
    this.problem = problem;
    this.layout = layout;
    this.layerSeconds = layerSeconds;
    this.slots = SlotAllotment.whole(problem, layout);
    this.limitBytes = limitBytes;
  }

  /** First layer of each stage; empty where no cut fits. */
  Optional<List<Integer>> firstLayers() {
    double high = Arrays.stream(layerSeconds).sum();
    double low = high / layout.pipelineStages();
    Optional<List<Integer>> best = within(high);
    if (best.isEmpty()) {
      return best;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      Optional<List<Integer>> cut = within(middle);
      if (cut.isPresent()) {
        best = cut;
        high = middle;
      } else {
        low = middle;
      }
    }
    return best;
  }

  // Each stage takes as many layers as time and memory let, and leaves one for each later stage.
  private Optional<List<Integer>> within(double budgetSeconds) {
    int layers = layerSeconds.length - 1;
    int stages = layout.pipelineStages();
    List<Integer> first = new ArrayList<>();
    int next = 0;
    for (int s = 0; s < stages; s++) {
      first.add(next);
      int end = s == stages - 1 ? layers : taken(s, next, layers - (stages - 1 - s), budgetSeconds);
      boolean last = s == stages - 1;
      if (end == next || (last && !holds(s, next, layers, budgetSeconds))) {
        return Optional.empty();
      }
      next = end;
    }
    return Optional.of(first);
  }

  // The layer after the last that stage s takes from `start`; that itself where it takes none.
  private int taken(int s, int start, int most, double budgetSeconds) {
    int good = start;
    for (int end = start + 1; end <= most && holds(s, start, end, budgetSeconds); end++) {
      if (problem.model().sharesKvAcross(end - 1).isEmpty()) {
        good = end;
      }
    }
    return good;
  }

  private boolean holds(int s, int start, int end, double budgetSeconds) {
    double seconds = s == layout.pipelineStages() - 1 ? layerSeconds[layerSeconds.length - 1] : 0;
    for (int l = start; l < end; l++) {
      seconds += layerSeconds[l];
    }
    return seconds <= budgetSeconds
        && MemoryUse.of(problem, layout, s, start, end - 1, layer -> slots[layer]).bytes()
            <= limitBytes[s];
  }
}
