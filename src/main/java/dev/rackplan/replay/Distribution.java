package dev.rackplan.replay;

import dev.rackplan.problem.Statistic;
import java.util.Arrays;

/**
 * Times of many requests in s; all 0 where there are none.
 *
 * @param count how many
 * @param p50 the smallest that half of them stay within
 * @param p90 the same of 90 of 100
 * @param p95 the same of 95 of 100
 * @param p99 the same of 99 of 100
 */
public record Distribution(
    int count, double mean, double p50, double p90, double p95, double p99, double most) {
  /** Of {@code seconds}, in any order. */
  public static Distribution of(double[] seconds) {
    if (seconds.length == 0) {
      return new Distribution(0, 0, 0, 0, 0, 0, 0);
    }
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    double sum = 0;
    for (double value : sorted) {
      sum += value;
    }
    return new Distribution(
        sorted.length,
        sum / sorted.length,
        percentile(sorted, 50),
        percentile(sorted, 90),
        percentile(sorted, 95),
        percentile(sorted, 99),
        sorted[sorted.length - 1]);
  }

  /** The figure that a limit may be of, in s. */
  public double at(Statistic statistic) {
    return switch (statistic) {
      case MEAN -> mean;
      case P50 -> p50;
      case P90 -> p90;
      case P95 -> p95;
      case P99 -> p99;
    };
  }

  private static double percentile(double[] sorted, int percent) {
    return sorted[(int) (((long) percent * sorted.length + 99) / 100) - 1];
  }
}
