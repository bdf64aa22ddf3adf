package dev.rackplan.cost;

import java.util.List;

/** Stage times put together. Source: COST_MODEL section 4. */
public final class PipelineCost {
  private PipelineCost() {}

  /**
   * {@code TPOT = max(M·max_s T_s, Σ_s T_s)} in s: M micro-batches in flight, each passes every
   * stage once per token.
   */
  public static double tpotSeconds(List<Double> stageSeconds, int microBatches) {
    return Math.max(microBatches * max(stageSeconds), sum(stageSeconds));
  }

  /** {@code TTFT = Σ_s T_s + (chunks-1)·max_s T_s} in s for a prompt of {@code chunks} chunks. */
  public static double ttftSeconds(List<Double> stageSeconds, int chunks) {
    return sum(stageSeconds) + (chunks - 1) * max(stageSeconds);
  }

  /** Share of stage time that is idle in steady state: {@code 1 - M·ΣT_s/(P·TPOT)}. */
  public static double bubbleFraction(List<Double> stageSeconds, int microBatches) {
    return 1
        - microBatches
            * sum(stageSeconds)
            / (stageSeconds.size() * tpotSeconds(stageSeconds, microBatches));
  }

  /** {@code max_s T_s / mean_s T_s}. */
  public static double stageImbalance(List<Double> stageSeconds) {
    return max(stageSeconds) * stageSeconds.size() / sum(stageSeconds);
  }

  static double sum(List<Double> values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  static double max(List<Double> values) {
    double max = 0;
    for (double value : values) {
      max = Math.max(max, value);
    }
    return max;
  }
}
