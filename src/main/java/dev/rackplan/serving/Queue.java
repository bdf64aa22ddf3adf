package dev.rackplan.serving;

/**
 * Mean waits before servers that each take a fixed time, customers coming at random into one queue:
 * M/D/k by Allen and Cunneen's approximation, half of M/M/k's wait (Erlang's C formula). With one
 * server that is exact: {@code ρ/(2(1-ρ))} services.
 */
final class Queue {
  /**
   * Share of their time, or of their slots, that servers are given work for: beyond it queues swing
   * more than a mean says. Assumed.
   */
  static final double MOST_BUSY = 0.95;

  // More servers wait less; the sum over them is not worth its time.
  private static final int MOST_SERVERS = 1000;

  private Queue() {}

  /**
   * Mean wait in s; infinite where there are as many customers as servers.
   *
   * @param busy share ρ of the time that each server works
   * @param serviceSeconds of one customer
   */
  static double waitSeconds(double servers, double busy, double serviceSeconds) {
    if (busy >= 1) {
      return Double.POSITIVE_INFINITY;
    }
    double count = Math.max(1, Math.min(MOST_SERVERS, Math.floor(servers)));
    return waiting(count, busy) * serviceSeconds / (2 * count * (1 - busy));
  }

  // Erlang's C: the share that finds all servers busy.
  private static double waiting(double servers, double busy) {
    double offered = servers * busy;
    double lost = 1;
    for (int k = 1; k <= servers; k++) {
      lost = offered * lost / (k + offered * lost);
    }
    return lost / (1 - busy * (1 - lost));
  }
}
