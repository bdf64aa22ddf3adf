package dev.rackplan.solver;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.stages.StageAssignment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How many expert slots each layer gets: all that the layout allows, or, where memory does not hold
 * those, more for the layers that gain most.
 *
 * <p>Each stage's room goes to its layers by gain per byte: what the best usual placement saves
 * with all redundant slots, over what they weigh on the fullest GPU. A layer that no longer fits
 * with all of them takes as many whole rows of GPUs as do. Left out: gains are not counted again as
 * layers are cut otherwise, and a layer is not taken back for two smaller ones.
 */
final class SlotAllotment {
  private SlotAllotment() {}

  /** Slots per layer with all of the layout's redundant experts; 0 for layers without experts. */
  static int[] whole(Problem problem, Layout layout) {
    int[] slots = new int[problem.model().layers().size()];
    for (int layer : problem.model().moeLayers()) {
      slots[layer] = moe(problem, layer).experts() + layout.redundantExperts();
    }
    return slots;
  }

  /**
   * Slots per layer that take the least memory: one per expert, and the redundant ones that GPUs
   * with a slot less than the fullest can hold.
   */
  static int[] fewest(Problem problem, Layout layout) {
    int[] slots = whole(problem, layout);
    int gpus = layout.gpusPerStage();
    for (int layer : problem.model().moeLayers()) {
      int rows = (moe(problem, layer).experts() + gpus - 1) / gpus;
      slots[layer] = Math.min(slots[layer], rows * gpus);
    }
    return slots;
  }

  /**
   * Slots per layer for stages cut as {@code cut}.
   *
   * @param whole the layout with all redundant experts
   * @param fewest the same with none that takes memory; its stages fit as {@code cut}
   * @param limitBytes usable bytes on each stage's smallest GPU
   */
  static int[] of(
      Problem problem,
      LayoutCase whole,
      LayoutCase fewest,
      StageAssignment cut,
      List<Double> limitBytes) {
    int[] slots = fewest(problem, fewest.layout());
    int layers = problem.model().layers().size();
    for (int s = 0; s < cut.firstLayers().size(); s++) {
      int first = cut.firstLayers().get(s);
      int last = cut.lastLayer(s, layers);
      double limit = limitBytes.get(s);
      for (Gain gain : gains(problem, whole, fewest, cut.blocks().get(s), first, last)) {
        raise(
            problem,
            fewest,
            cut.blocks().get(s),
            gain.layer(),
            slots,
            () ->
                MemoryUse.of(problem, fewest.layout(), first, last, layer -> slots[layer]).bytes()
                    <= limit);
      }
    }
    return slots;
  }

  private record Gain(int layer, double secondsPerWeight) {}

  // Layers that all redundant slots make faster, those with most gain per byte first.
  private static List<Gain> gains(
      Problem problem, LayoutCase whole, LayoutCase fewest, int block, int first, int last) {
    Layout layout = fewest.layout();
    List<Gain> gains = new ArrayList<>();
    for (int layer : problem.model().moeLayers()) {
      double seconds = fewest.seconds(block, layer) - whole.seconds(block, layer);
      int rows =
          layout.dealt(whole.slots(layer)).mostSlotsPerGpu()
              - layout.dealt(fewest.slots(layer)).mostSlotsPerGpu();
      if (layer >= first && layer <= last && seconds > 0 && rows > 0) {
        gains.add(new Gain(layer, seconds / rows / moe(problem, layer).parametersPerExpert()));
      }
    }
    gains.sort(Comparator.comparingDouble((Gain gain) -> -gain.secondsPerWeight()));
    return gains;
  }

  /** Asked with the slots as they are now. */
  private interface Fit {
    boolean fits();
  }

  private static void raise(
      Problem problem, LayoutCase fewest, int block, int layer, int[] slots, Fit fit) {
    int gpus = fewest.layout().expertHostCount();
    int least = slots[layer];
    int most = whole(problem, fewest.layout())[layer];
    slots[layer] = most;
    while (!fit.fits() && slots[layer] > least) {
      slots[layer] = Math.max(least, (slots[layer] - 1) / gpus * gpus);
    }
    // Part of the slots need not help, even where all do.
    if (slots[layer] < most
        && slots[layer] > least
        && fewest.priced(block, layer, slots[layer]).seconds() >= fewest.seconds(block, layer)) {
      slots[layer] = least;
    }
  }

  private static MoeFfn moe(Problem problem, int layer) {
    return problem.model().moe(layer).orElseThrow();
  }
}
