package dev.rackplan.cost;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.PlacementTally;

/**
 * How long the slowest GPU's experts take in the mean over the windows of a sample: runs of
 * consecutive tokens, each with a slowest GPU of its own.
 *
 * <p>In window w GPU g takes {@code t_gw = m_g + s_g·(L_gw - L_g)}: m_g its time at the sample's
 * mean load L_g, L_gw its load in the window, s_g what a pair more takes, by the law around the
 * average GPU. A placement that is made for the whole sample evens out means that other tokens will
 * not have; one that is even in each window keeps apart the experts that are wanted at the same
 * time.
 *
 * <p>A window has fewer tokens than a step, so its loads move more: of what the slowest has beyond
 * the mean GPU a part counts. In place of the slowest stands the 8-norm of the GPUs, {@code (Σ_g
 * t_gw^8)^(1/8)}, which falls when any of the slowest few gets faster. Both were chosen, with the
 * number of windows, on the unseen tokens of four recorded traces:
 * docs/decisions/0028-windows-of-loads.md. Left out: that a window of few tokens uses fewer
 * experts. Immutable.
 */
final class WindowTimes {
  // Measured: docs/decisions/0028-windows-of-loads.md.
  private static final double KEPT = 0.5;
  private static final int DOUBLINGS = 3;

  // Over which stretch of loads, relative to the average GPU's, the law is taken for straight.
  private static final double STEP = 0.5;

  private final double[] secondsPerLoad;

  /**
   * @param prices of each GPU
   * @param load (token, expert) pairs of the average GPU, per token of the stage
   * @param active its active experts
   * @param tokensAtOnce as {@link Batch#tokensAtOnce}
   */
  WindowTimes(ExpertPrice[] prices, double load, double active, double tokensAtOnce) {
    this.secondsPerLoad = new double[prices.length];
    for (int g = 0; g < prices.length; g++) {
      secondsPerLoad[g] =
          g > 0 && prices[g] == prices[g - 1]
              ? secondsPerLoad[g - 1]
              : slope(prices[g], load, active, tokensAtOnce);
    }
  }

  private static double slope(ExpertPrice price, double load, double active, double tokensAtOnce) {
    double step = load * STEP;
    double here = price.seconds(load * tokensAtOnce, active);
    double there = price.seconds((load + step) * tokensAtOnce, active);
    return Math.max(0, (there - here) / step);
  }

  /**
   * Writes what GPU {@code gpu} takes in each window, in s, to {@code row} from {@code to}.
   *
   * @param mean what it takes at the mean load in s
   * @param load its mean load, in {@link FixedPoint} units
   * @param windowLoad its load in each window from {@code from}, likewise
   */
  void fill(
      int gpu,
      double mean,
      long load,
      long[] windowLoad,
      int from,
      int windows,
      double[] row,
      int to) {
    double scale = secondsPerLoad[gpu] / FixedPoint.ONE;
    for (int w = 0; w < windows; w++) {
      row[to + w] = Math.max(0, mean + scale * (windowLoad[from + w] - load));
    }
  }

  /** Raises each of {@code most} to the same GPU's window in {@code row} from {@code from}. */
  static void raise(double[] most, double[] row, int from) {
    for (int w = 0; w < most.length; w++) {
      most[w] = Math.max(most[w], row[from + w]);
    }
  }

  /**
   * Expected time in s of the slowest GPU.
   *
   * @param tally whose windows they are
   * @param slowest in each window, in s
   * @param mean of the GPUs at their mean loads, in s
   */
  static double expected(PlacementTally tally, double[] slowest, double mean) {
    double kept = tally.windowsComeAgain() ? 1 : KEPT;
    return mean + kept * (mean(slowest) - mean);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** The same of all GPUs, the norm in place of the slowest, {@code means} at their mean loads. */
  double seconds(PlacementTally tally, double[] means) {
    int windows = tally.windows();
    double[] most = new double[windows];
    double[] rows = new double[means.length * windows];
    for (int g = 0; g < means.length; g++) {
      int at = g * windows;
      fill(g, means[g], tally.fixedLoad(g), tally.windowLoads(), at, windows, rows, at);
      raise(most, rows, at);
    }
    double[] sum = new double[windows];
    for (int g = 0; g < means.length; g++) {
      addPowers(most, rows, g * windows, sum);
    }
    for (int w = 0; w < windows; w++) {
      // Square roots are the same on every machine.
      double root = sum[w];
      for (int i = 0; i < DOUBLINGS; i++) {
        root = Math.sqrt(root);
      }
      most[w] *= root;
    }
    return expected(tally, most, mean(means));
  }

  private static void addPowers(double[] most, double[] rows, int from, double[] sum) {
    for (int w = 0; w < sum.length; w++) {
      double power = most[w] > 0 ? rows[from + w] / most[w] : 0;
      for (int i = 0; i < DOUBLINGS; i++) {
        power *= power;
      }
      sum[w] += power;
    }
  }
}
