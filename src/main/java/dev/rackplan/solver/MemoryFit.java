package dev.rackplan.solver;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What would make a layout fit into memory. */
final class MemoryFit {
  private MemoryFit() {}

  /**
   * Bytes on the fullest GPU of the fullest stage when layers are cut evenly.
   *
   * @param slots expert slots per layer
   */
  static double fullestStageBytes(Problem problem, Layout layout, int[] slots) {
    int layers = problem.model().layers().size();
    int stages = layout.pipelineStages();
    double most = 0;
    for (int s = 0; s < stages; s++) {
      most =
          Math.max(
              most,
              MemoryUse.of(
                      problem,
                      layout,
                      s,
                      s * layers / stages,
                      (s + 1) * layers / stages - 1,
                      layer -> slots[layer])
                  .bytes());
    }
    return most;
  }

  /**
   * Whether some cut of the layers fits stages of these limits in their order.
   *
   * <p>Each stage takes as many layers as it holds, which is exact: a stage that holds a run holds
   * every part of it.
   *
   * @param slots expert slots per layer
   * @param limitBytes usable bytes on each stage's smallest GPU
   */
  static boolean fitsSomehow(Problem problem, Layout layout, int[] slots, double[] limitBytes) {
    int layers = problem.model().layers().size();
    int stages = layout.pipelineStages();
    int next = 0;
    for (int s = 0; s < stages; s++) {
      int most = layers - (stages - 1 - s) - 1;
      if (s == stages - 1) {
        return bytes(problem, layout, next, most, slots) <= limitBytes[s];
      }
      if (bytes(problem, layout, next, next, slots) > limitBytes[s]) {
        return false;
      }
      int start = next;
      double limit = limitBytes[s];
      int good =
          next
              + (int)
                  Bisection.largest(
                      most - next,
                      more -> bytes(problem, layout, start, start + (int) more, slots) <= limit);
      while (good >= next && problem.model().sharesKvAcross(good).isPresent()) {
        good--;
      }
      if (good < next) {
        return false;
      }
      next = good + 1;
    }
    throw new IllegalStateException("a layout has at least one stage");
  }

  private static double bytes(Problem problem, Layout layout, int first, int last, int[] slots) {
    return MemoryUse.of(problem, layout, first, last, layer -> slots[layer]).bytes();
  }

  /**
   * The smallest limit, in bytes on each GPU, within which some cut fits; to the byte.
   *
   * @param tooFew a limit within which none does
   */
  static double leastBytes(Problem problem, Layout layout, int[] slots, double tooFew) {
    double good = fullestStageBytes(problem, layout, slots);
    double bad = tooFew;
    double[] limits = new double[layout.pipelineStages()];
    while (good - bad > 1) {
      double middle = (good + bad) / 2;
      Arrays.fill(limits, middle);
      if (fitsSomehow(problem, layout, slots, limits)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return Math.ceil(good);
  }

  /**
   * What the fullest stage of an even cut lacks.
   *
   * @param slots expert slots per layer
   * @param limitBytes usable bytes of a GPU
   */
  static String fault(Problem problem, Layout layout, int[] slots, double limitBytes) {
    double most = fullestStageBytes(problem, layout, slots);
    return String.format(
        Locale.ROOT,
        Attempt.MEMORY
            + "an even cut needs %.2f GB on each GPU%s, usable are %.2f GB: %.2f GB too much",
        most / 1e9,
        layout.redundantExperts() > 0 && Arrays.equals(slots, SlotAllotment.fewest(problem, layout))
            ? " even without redundant experts"
            : "",
        limitBytes / 1e9,
        Math.max(0, most - limitBytes) / 1e9);
  }

  /**
   * The most sequences a micro-batch that fit, or else the fewest stages (micro-batches as now);
   * empty where neither helps. Counted with the fewest expert slots.
   */
  static Optional<String> smallestChange(Problem problem, Layout layout, double limitBytes) {
    int[] slots = SlotAllotment.fewest(problem, layout);
    long good =
        Bisection.largest(
            layout.sequencesPerMicroBatch() - 1,
            fewer ->
                fullestStageBytes(
                        problem, layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) fewer), slots)
                    <= limitBytes);
    if (good > 0) {
      return Optional.of(
          "at most "
              + good
              + " sequences a micro-batch instead of "
              + layout.sequencesPerMicroBatch());
    }
    for (int stages = layout.pipelineStages() + 1;
        stages <= problem.model().layers().size();
        stages++) {
      if (fullestStageBytes(problem, layout.with(Degree.PIPELINE_STAGES, stages), slots)
          <= limitBytes) {
        return Optional.of(
            "at least "
                + stages
                + " stages of "
                + layout.gpusPerStage()
                + " GPUs instead of "
                + layout.pipelineStages());
      }
    }
    return Optional.empty();
  }

  /**
   * The largest power of two of sequences a micro-batch that an even cut holds on the smallest GPU:
   * a guess to begin with, 1 where not even that fits.
   */
  static int mostEvenly(Problem problem, Layout layout) {
    double limit =
        problem.usableBytes(
            problem.topology().gpus().stream()
                .mapToDouble(gpu -> gpu.spec().hbmBytes())
                .min()
                .orElseThrow());
    int[] slots = SlotAllotment.whole(problem, layout);
    int good = 1;
    while (good < Integer.MAX_VALUE / 4
        && fullestStageBytes(
                problem, layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, 2 * good), slots)
            <= limit) {
      good *= 2;
    }
    return good;
  }
}
