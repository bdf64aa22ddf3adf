package dev.rackplan.calibrate;

/**
 * How often errors of which size occurred, in constant memory: bins 1% apart, so that quantiles are
 * known to half a percent of themselves.
 */
public final class ErrorHistogram {
  private static final double LEAST = 1e-6;
  private static final double RATIO = 1.01;
  private static final int BINS = 2_400;
  private static final double LOG_RATIO = Math.log(RATIO);

  private final long[] counts = new long[BINS];
  private long total;

  /** Counts one {@code |predicted / measured - 1|}. */
  void add(double error) {
    int bin = error <= LEAST ? 0 : (int) Math.min(BINS - 1, Math.log(error / LEAST) / LOG_RATIO);
    counts[bin]++;
    total++;
  }

  /** Counts what another has counted. */
  void add(ErrorHistogram other) {
    for (int i = 0; i < BINS; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  /** How many were counted. */
  public long total() {
    return total;
  }

  /**
   * The error that {@code share} of them do not exceed.
   *
   * @throws IllegalStateException if none was counted
   */
  public double quantile(double share) {
    if (total == 0) {
      throw new IllegalStateException("no error was counted");
    }
    long wanted = (long) Math.floor(share * (total - 1)) + 1;
    long below = 0;
    for (int i = 0; i < BINS; i++) {
      below += counts[i];
      if (below >= wanted) {
        return LEAST * Math.exp((i + 0.5) * LOG_RATIO);
      }
    }
    throw new AssertionError("quantile beyond all");
  }
}
