package dev.rackplan.cost.economics;

/**
 * How long a training run of many steps takes where hardware fails, all in s.
 *
 * <p>With a time M between interruptions and c for saving a checkpoint, saving every τ costs c/τ
 * and an interruption half of τ, besides the restart; τ = √(2·c·M) makes that least (Young 1974, A
 * first order approximation to the optimum checkpoint interval). The share of the time that trains
 * is {@code τ/(τ + c) · (1 - (τ/2 + r)/M)}. Left out: failures while restarting, and hosts that are
 * slow before they fail.
 *
 * @param workSeconds all steps, if nothing failed
 * @param gpus that the job needs, each
 * @param checkpointSeconds c: what saving a checkpoint stops training for
 * @param restartSeconds r: from an interruption to the first new step, spare hosts at hand
 */
public record TrainingRunTime(
    double workSeconds, int gpus, double checkpointSeconds, double restartSeconds) {
  /** Assumed: what a checkpoint in parts, written asynchronously, still stops training for. */
  public static final double USUAL_CHECKPOINT_SECONDS = 30;

  /**
   * Assumed: with the above {@value #USUAL_RESTART_SECONDS} s leave 90% of the time for training on
   * 16,384 H100, the share that the Llama 3 report states ("higher than 90% effective training
   * time", arXiv:2407.21783, 3.3.4).
   */
  public static final double USUAL_RESTART_SECONDS = 300;

  private static final double SECONDS_PER_HOUR = 3600;

  public TrainingRunTime {
    if (!(workSeconds > 0 && checkpointSeconds > 0 && restartSeconds >= 0) || gpus < 1) {
      throw new IllegalArgumentException(
          "a run needs work, GPUs and a checkpoint's time, was "
              + workSeconds
              + " s, "
              + gpus
              + " GPUs, "
              + checkpointSeconds
              + " s");
    }
  }

  /** M: mean time between interruptions, {@link FailureRate#GPU_HOURS_PER_INTERRUPTION}. */
  public double secondsBetweenInterruptions() {
    return FailureRate.GPU_HOURS_PER_INTERRUPTION * SECONDS_PER_HOUR / gpus;
  }

  /** τ: training between two checkpoints. */
  public double checkpointIntervalSeconds() {
    return Math.sqrt(2 * checkpointSeconds * secondsBetweenInterruptions());
  }

  /** Share of the time that trains; 0 where failures leave none. */
  public double effectiveShare() {
    double interval = checkpointIntervalSeconds();
    double lost = (interval / 2 + restartSeconds) / secondsBetweenInterruptions();
    return Math.max(0, interval / (interval + checkpointSeconds) * (1 - lost));
  }

  /** The whole run; infinite where failures leave no time for it. */
  public double runSeconds() {
    return workSeconds / effectiveShare();
  }

  /** Interruptions in that time, mean. */
  public double interruptions() {
    return runSeconds() / secondsBetweenInterruptions();
  }
}
