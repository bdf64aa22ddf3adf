package dev.rackplan.cost.operation;

import dev.rackplan.law.NormTable;

/**
 * Time of one GPU's routed experts and what it is made of: {@code rest + |compute, fetch|_p}.
 *
 * @param computeSeconds products alone, were there nothing to fetch
 * @param fetchSeconds reading weights alone
 * @param restSeconds start, routing, sorting, moving activations; of the slowest GPU also what a
 *     step's slowest is expected above it
 * @param norm p: infinite where the longer of compute and fetch hides the other
 */
public record ExpertTime(
    double computeSeconds, double fetchSeconds, double restSeconds, double norm) {
  /** Nothing but what takes {@code seconds}, whatever it is. */
  public static ExpertTime ofSeconds(double seconds) {
    return new ExpertTime(0, 0, seconds, Double.POSITIVE_INFINITY);
  }

  /** The same and {@code seconds} more, whatever they are. */
  public ExpertTime longer(double seconds) {
    return new ExpertTime(computeSeconds, fetchSeconds, restSeconds + seconds, norm);
  }

  /** Together in s. */
  public double seconds() {
    return restSeconds + NormTable.of(norm).of(computeSeconds, fetchSeconds);
  }

  /** Whether reading weights takes at least as long as computing. */
  public boolean fetchBound() {
    return fetchSeconds >= computeSeconds;
  }
}
