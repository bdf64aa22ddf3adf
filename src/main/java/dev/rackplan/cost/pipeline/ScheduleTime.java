package dev.rackplan.cost.pipeline;

import dev.rackplan.workload.PipelineSchedule;
import java.util.List;

/**
 * Time that a training pipeline takes for one global batch of M micro-batches over P stages.
 *
 * <p>F and B are a stage's forward and backward pass, W the weight gradients within B, T = F + B.
 * Sources: Megatron-LM (Narayanan et al. 2021) for 1F1B and interleaved, zero-bubble pipelines (Qi
 * et al. 2023) for ZB-H1, the table in DeepSeek's DualPipe repository. Left out: uneven stages in
 * full. Where they differ but B/F does not, the 1F1B formula is the time if the last stage is the
 * slowest, and at most ΣT - max T too long otherwise, since the warm-up of an early slow stage
 * hides behind its own work. ZB-H1 reaches its formula where F = B - W = W; else it may take a
 * little longer, as a weight gradient delays an input gradient.
 */
public final class ScheduleTime {
  private ScheduleTime() {}

  /** Time in s of the whole batch. */
  public static double seconds(
      PipelineSchedule schedule, int virtualStages, int microBatches, List<StagePasses> stages) {
    return switch (schedule) {
      case ONE_FORWARD_ONE_BACKWARD -> interleaved(stages, microBatches, 1);
      case INTERLEAVED -> interleaved(stages, microBatches, virtualStages);
      case ZERO_BUBBLE -> zeroBubble(stages, microBatches);
      case DUAL_PIPE -> dualPipe(stages, microBatches);
    };
  }

  /**
   * {@code M·max T + (ΣT - max T)/v}: a micro-batch fills and drains the pipeline by chunks of 1/v.
   * v = 1 is 1F1B, {@code ΣT + (M-1)·max T}.
   */
  private static double interleaved(List<StagePasses> stages, int microBatches, int virtualStages) {
    double sum = 0;
    double most = 0;
    for (StagePasses stage : stages) {
      sum += stage.seconds();
      most = Math.max(most, stage.seconds());
    }
    return microBatches * most + (sum - most) / virtualStages;
  }

  /**
   * {@code M·max T + Σ (T - 2W)} over all stages but the slowest: the weight gradients of the last
   * micro-batches fill the tail.
   */
  private static double zeroBubble(List<StagePasses> stages, int microBatches) {
    StagePasses slowest = stages.get(0);
    double bubble = 0;
    for (StagePasses stage : stages) {
      slowest = stage.seconds() > slowest.seconds() ? stage : slowest;
      bubble += zeroBubble(stage);
    }
    return microBatches * slowest.seconds() + bubble - zeroBubble(slowest);
  }

  private static double zeroBubble(StagePasses stage) {
    return Math.max(0, stage.seconds() - 2 * stage.weightGradientSeconds());
  }

  /**
   * The device that holds stages s and P-1-s sees half of the micro-batches in each: with the mean
   * of the two, {@code (M-P)·F&B + P·(F+B) + (P/2-1)·(F&B+B-3W)}. DeepSeek's table gives the
   * bubble, the last term; that P passes of each kind have none beside them comes from running the
   * schedule.
   */
  private static double dualPipe(List<StagePasses> stages, int microBatches) {
    int half = stages.size() / 2;
    int alone = Math.min(microBatches, stages.size());
    double slowest = 0;
    for (int s = 0; s < half; s++) {
      StagePasses device = mean(stages.get(s), stages.get(stages.size() - 1 - s));
      double bubble =
          Math.max(
              0, device.seconds() + device.backwardSeconds() - 3 * device.weightGradientSeconds());
      slowest =
          Math.max(
              slowest,
              (microBatches - alone) * device.seconds()
                  + alone * (device.forwardSeconds() + device.backwardSeconds())
                  + (half - 1) * bubble);
    }
    return slowest;
  }

  private static StagePasses mean(StagePasses a, StagePasses b) {
    return new StagePasses(
        (a.seconds() + b.seconds()) / 2,
        (a.forwardSeconds() + b.forwardSeconds()) / 2,
        (a.backwardSeconds() + b.backwardSeconds()) / 2,
        (a.weightGradientSeconds() + b.weightGradientSeconds()) / 2);
  }
}
