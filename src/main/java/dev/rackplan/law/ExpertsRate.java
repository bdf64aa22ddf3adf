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
    return startSeconds
        + Norm.of(norm, computeSeconds(pairs, active), fetchSeconds(active))
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
