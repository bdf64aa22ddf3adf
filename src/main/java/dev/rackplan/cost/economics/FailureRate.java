package dev.rackplan.cost.economics;

/** How often hardware and the software under an instance interrupt it. */
public final class FailureRate {
  /**
   * GPU-hours between unexpected interruptions of a job that needs all its GPUs: measured, 419 in
   * 54 days on 16,384 H100 GPUs (Llama 3 405B pre-training; GPUs, memory, hosts, network and
   * software together). Assumed for every other accelerator and for serving. Another report, about
   * 205 failures in four months on 1,600 H200 GPUs, gives 22,800 GPU-hours.
   */
  public static final double GPU_HOURS_PER_INTERRUPTION = 54 * 24 * 16_384.0 / 419;

  private static final double HOURS_PER_MONTH = 365.25 * 24 / 12;

  private FailureRate() {}

  /** {@code GPUs · hours of a month / GPU-hours per interruption}; independent failures. */
  public static double interruptionsPerMonth(int gpus) {
    return gpus * HOURS_PER_MONTH / GPU_HOURS_PER_INTERRUPTION;
  }
}
