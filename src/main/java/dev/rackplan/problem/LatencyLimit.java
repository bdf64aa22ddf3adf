package dev.rackplan.problem;

/**
 * The longest that a time of requests may be.
 *
 * @param seconds of the figure that is limited
 * @param of which figure that is
 */
public record LatencyLimit(double seconds, Statistic of) {
  public LatencyLimit {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("a limit must be > 0, was " + seconds);
    }
  }

  /** Whether only a replay of requests tells it. */
  public boolean isPercentile() {
    return of != Statistic.MEAN;
  }
}
