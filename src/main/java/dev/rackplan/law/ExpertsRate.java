package dev.rackplan.law;

/**
 * {@link ExpertsLaw} for experts of one size on one GPU: {@code t0 + |c·pairs + d·active,
 * m·active|_p + e·active + f·tokens + g·pairs}. Searches ask it for each move.
 *
 * @param startSeconds t0
 * @param norm p
 * @param computePerPair c in s
 * @param computePerActive d in s
 * @param fetchPerActive m in s
 * @param secondsPerActive e
 * @param secondsPerToken f
 * @param secondsPerPair g
 */
public record ExpertsRate(
    double startSeconds,
    double norm,
    double computePerPair,
    double computePerActive,
    double fetchPerActive,
    double secondsPerActive,
    double secondsPerToken,
    double secondsPerPair) {

  /** Time in s. */
  public double seconds(double pairs, double active, double tokens) {
    return restSeconds(pairs, active, tokens)
        + Norm.of(norm, computeSeconds(pairs, active), fetchSeconds(active));
  }

  /** The same with a norm of 1 at least: nowhere longer, and convex in its arguments together. */
  public ExpertsRate convex() {
    return norm >= 1
        ? this
        : new ExpertsRate(
            startSeconds,
            1,
            computePerPair,
            computePerActive,
            fetchPerActive,
            secondsPerActive,
            secondsPerToken,
            secondsPerPair);
  }

  /** Time in s beside products and fetching weights. */
  public double restSeconds(double pairs, double active, double tokens) {
    return startSeconds
        + secondsPerActive * active
        + secondsPerToken * tokens
        + secondsPerPair * pairs;
  }

  /** Time in s of the products alone, were there nothing to fetch. */
  public double computeSeconds(double pairs, double active) {
    return computePerPair * pairs + computePerActive * active;
  }

  /** Time in s of fetching weights alone. */
  public double fetchSeconds(double active) {
    return fetchPerActive * active;
  }
}
