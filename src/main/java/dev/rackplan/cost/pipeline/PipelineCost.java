package dev.rackplan.cost.pipeline;

import java.util.Arrays;
import java.util.List;

/** Stage times put together. Source: COST_MODEL section 4. */
public final class PipelineCost {
  private PipelineCost() {}

  /**
   * {@code max(M·max_s T_s, Σ_s T_s)} in s, TPOT where a step yields one token: M micro-batches in
   * flight, each passes every stage once per step.
   */
  public static double tpotSeconds(List<Double> stageSeconds, int microBatches) {
    return Math.max(microBatches * max(stageSeconds), sum(stageSeconds));
  }

  /** How often each stage's time counts in {@link #tpotSeconds}; on a tie, the slowest stage. */
  public static double[] tpotPasses(List<Double> stageSeconds, int microBatches) {
    double[] passes = new double[stageSeconds.size()];
    if (microBatches * max(stageSeconds) >= sum(stageSeconds)) {
      passes[stageSeconds.indexOf(max(stageSeconds))] = microBatches;
    } else {
      Arrays.fill(passes, 1);
    }
    return passes;
  }

  /** How often each stage's time counts in {@link #ttftSeconds}. */
  public static double[] ttftPasses(List<Double> stageSeconds, int chunks) {
    double[] passes = new double[stageSeconds.size()];
    Arrays.fill(passes, 1);
    passes[stageSeconds.indexOf(max(stageSeconds))] += chunks - 1;
    return passes;
  }

  /** {@code TTFT = Σ_s T_s + (chunks-1)·max_s T_s} in s for a prompt of {@code chunks} chunks. */
  public static double ttftSeconds(List<Double> stageSeconds, int chunks) {
    return sum(stageSeconds) + (chunks - 1) * max(stageSeconds);
  }

  /**
   * Time in s in which M prompts of {@code chunks} chunks each, in flight together, are read once:
   * {@code max(M·chunks·max_s T_s, TTFT)}. A prompt's chunks follow each other through the stages,
   * so they fill a pipeline as micro-batches do.
   */
  public static double prefillCycleSeconds(
      List<Double> stageSeconds, int microBatches, int chunks) {
    return Math.max(
        (double) microBatches * chunks * max(stageSeconds), ttftSeconds(stageSeconds, chunks));
  }

  /**
   * Share of stage time that is idle in steady state: {@code 1 - passes·ΣT_s/(P·cycle)}.
   *
   * @param passes micro-batches that pass each stage in a cycle: M in decode, M·chunks in prefill
   */
  public static double bubbleFraction(
      List<Double> stageSeconds, double passes, double cycleSeconds) {
    return 1 - passes * sum(stageSeconds) / (stageSeconds.size() * cycleSeconds);
  }

  /** {@code max_s T_s / mean_s T_s}. */
  public static double stageImbalance(List<Double> stageSeconds) {
    return max(stageSeconds) * stageSeconds.size() / sum(stageSeconds);
  }

  public static double sum(List<Double> values) {
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
