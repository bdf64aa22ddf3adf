package dev.rackplan.cost.placement;

/**
 * The expected time of the slowest of a stage's GPUs, whose times differ and move from step to
 * step: {@code β·ln Σ_g exp(m_g/β)}.
 *
 * <p>m_g are the times at the mean loads. Where all are equal the slowest of G takes {@code β·ln G}
 * more, so β is chosen to make that what normal values give; where one GPU is far slower than the
 * rest it is waited for, and its mean counts. In between this is the mean of the largest of values
 * that move by Gumbel's law. It is convex and symmetric in the m_g, rises with each, and so is
 * never below its value at equal means with the same sum: bounds stay bounds. With β = 0 it is the
 * largest m_g.
 *
 * <p>Source: McFadden's expected maximum; docs/decisions/0023-expected-slowest-rank.md. Immutable.
 */
public final class SlowestRank {
  /** Nothing moves from step to step. */
  public static final SlowestRank STEADY = new SlowestRank(0, 0);

  private final double excessSeconds;
  private final double scale;

  private SlowestRank(double excessSeconds, double scale) {
    this.excessSeconds = excessSeconds;
    this.scale = scale;
  }

  /**
   * Of GPUs that take {@code excessSeconds} more than the mean where all have the same mean.
   *
   * @param gpus G
   */
  public static SlowestRank of(double excessSeconds, int gpus) {
    return gpus < 2 || !(excessSeconds > 0)
        ? STEADY
        : new SlowestRank(excessSeconds, excessSeconds / StrictMath.log(gpus));
  }

  /** By how much the slowest of GPUs with equal means is expected above them, in s. */
  public double excessSeconds() {
    return excessSeconds;
  }

  /** Expected time of the slowest in s, of the times at mean loads in s. */
  public double seconds(double[] means) {
    double most = 0;
    for (double mean : means) {
      most = Math.max(most, mean);
    }
    if (scale == 0) {
      return most;
    }
    double sum = 0;
    for (double mean : means) {
      sum += weight(mean, most);
    }
    return seconds(most, sum);
  }

  /** {@code exp((mean - reference)/β)}: a GPU's part of the sum; 0 where nothing moves. */
  public double weight(double mean, double reference) {
    return scale == 0 ? 0 : StrictMath.exp((mean - reference) / scale);
  }

  /**
   * Expected time of the slowest in s.
   *
   * @param reference time in s that the weights are relative to: the largest of the means
   * @param sum of all GPUs' weights
   */
  public double seconds(double reference, double sum) {
    return scale == 0 ? reference : reference + scale * StrictMath.log(sum);
  }
}
