package dev.rackplan.serving;

/**
 * Mean waits before servers that each take a fixed time, customers coming at random into one queue:
 * M/D/k by Allen and Cunneen's approximation, half of M/M/k's wait (Erlang's C formula), as
 * Cosmetatos corrected it. With one server that is exact: {@code ρ/(2(1-ρ))} services.
 */
final class Queue {
  /**
   * Share of their time, or of their slots, that servers are given work for: beyond it queues swing
   * more than a mean says. Assumed.
   */
  static final double MOST_BUSY = 0.95;

  // More servers wait less; the sum over them is not worth its time.
  private static final int MOST_SERVERS = 1000;

  // Of a service, where nearly no server works; keeps the chain's rates above 0.
  private static final double SHORTEST = 0.05;

  private Queue() {}

  /**
   * Mean wait in s; infinite where there are as many customers as servers.
   *
   * @param busy share ρ of the time that each server works
   * @param serviceSeconds of one customer
   */
  static double waitSeconds(double servers, double busy, double serviceSeconds) {
    return waitSeconds(servers, busy, serviceSeconds, serviceSeconds);
  }

  /**
   * The same where a service takes the longer the more servers work, as places of one batch do: who
   * meets many stays longer, and meets more. How many work then follows from a chain of births and
   * deaths, which is exact for places that share one speed, however long services are.
   *
   * @param serviceSeconds of one customer with {@code busy} of the servers at work
   * @param fullSeconds the same with all of them; linear between
   */
  static double waitSeconds(
      double servers, double busy, double serviceSeconds, double fullSeconds) {
    if (busy >= 1) {
      return Double.POSITIVE_INFINITY;
    }
    if (busy <= 0) {
      return 0;
    }
    int count = (int) Math.max(1, Math.min(MOST_SERVERS, Math.floor(servers)));
    double growth = (fullSeconds / serviceSeconds - 1) / (1 - busy);
    double full = busy * fullSeconds / serviceSeconds;
    if (full >= 1) {
      return Double.POSITIVE_INFINITY;
    }
    return waiting(count, busy, growth)
        * fullSeconds
        / (2 * count * (1 - full))
        * ofFixedServices(count, full);
  }

  // Erlang's C: the share that finds all servers busy; services grow by so much of themselves for
  // the whole of the servers.
  private static double waiting(int servers, double busy, double growth) {
    double offered = servers * busy;
    double lost = 1;
    double full = busy;
    for (int k = 1; k <= servers; k++) {
      double service = Math.max(SHORTEST, 1 + growth * ((double) k / servers - busy));
      lost = offered * service * lost / (k + offered * service * lost);
      full = busy * service;
    }
    return lost / (1 - full * (1 - lost));
  }

  // M/D/k's wait over half of M/M/k's (Cosmetatos 1976); never more than all of it.
  private static double ofFixedServices(int servers, double busy) {
    double more =
        (1 - busy) * (servers - 1) * (Math.sqrt(4 + 5.0 * servers) - 2) / (16 * servers * busy);
    return 1 + Math.min(1, more);
  }
}
