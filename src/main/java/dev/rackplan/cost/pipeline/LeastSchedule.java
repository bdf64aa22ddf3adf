package dev.rackplan.cost.pipeline;

import dev.rackplan.plan.Layout;
import dev.rackplan.workload.Training;

/**
 * Lower bound of a schedule's seconds, that of ZB-H1 without its bubble, and of a step's end at 0.
 *
 * <p>A device of DualPipe has the mean of two stages, so that the heaviest layer bounds nothing;
 * the slowest device takes at least as long as the mean one, bubble included.
 */
public final class LeastSchedule {
  private LeastSchedule() {}

  /** Of stages that take at least so long, in s. */
  public static double seconds(Training training, Layout layout, StageFloors stages) {
    int microBatches = layout.microBatches();
    double largestSeconds = stages.largestSeconds();
    double sumSeconds = stages.sumSeconds();
    return switch (training.schedule()) {
      case ONE_FORWARD_ONE_BACKWARD ->
          Math.max(microBatches * largestSeconds, leastInTurn(layout, 1, sumSeconds));
      case INTERLEAVED ->
          Math.max(
              microBatches * largestSeconds,
              leastInTurn(layout, training.virtualStages(), sumSeconds));
      case ZERO_BUBBLE -> microBatches * largestSeconds;
      case DUAL_PIPE -> leastDualPipeSeconds(layout, stages);
    };
  }

  // Stage s has M passes each way, after the first forward passes and before the last backward
  // passes of the stages before it, a chunk of each: M·T_s + Σ_{r<s} T_r/v. However ΣT is cut, the
  // longest of these is shortest where all are equal: T_s = T_0·(1 - 1/vM)^s.
  private static double leastInTurn(Layout layout, int chunks, double sumSeconds) {
    double share = 1 - 1.0 / ((double) chunks * layout.microBatches());
    double parts = 1 - StrictMath.pow(share, layout.pipelineStages());
    return sumSeconds / (chunks * parts);
  }

  private static double leastDualPipeSeconds(Layout layout, StageFloors stages) {
    int count = layout.pipelineStages();
    int alone = Math.min(layout.microBatches(), count);
    double bubbles = (count / 2 - 1) * Math.max(0, stages.tailSeconds());
    return ((layout.microBatches() - alone) * stages.sumSeconds()
            + alone * stages.apartSeconds()
            + bubbles)
        / count;
  }
}
