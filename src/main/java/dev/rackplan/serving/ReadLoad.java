package dev.rackplan.serving;

/**
 * Equal instances that read prompts and nothing else, prompts coming at random to the rank with the
 * fewest.
 *
 * <p>Ranks of an instance step together: a prompt that comes while others are read waits for the
 * end of their step, then joins the next; in the mean an instance reads as many at a time as come
 * while it reads. Beyond that ranks are servers with one queue ({@link Queue}).
 *
 * @param steps of an instance
 * @param instances how many
 */
record ReadLoad(EngineSteps steps, Goal goal, int instances) {
  private static final int ROUNDS = 12;
  private static final double CLOSE = 1e-4;

  /** Most requests per second of an instance whose ranks all read without a pause. */
  double most() {
    return steps.ranks() / steps.heldSeconds(goal, 1);
  }

  /** Mean time from asking until the prompt is read in s, with so many requests an instance. */
  double seconds(double requestsPerSecond) {
    int ranks = steps.ranks();
    double fill = 1.0 / ranks;
    double held = steps.heldSeconds(goal, fill);
    double stepping = 1;
    for (int round = 0; ranks > 1 && round < ROUNDS; round++) {
      double come = requestsPerSecond * held;
      double run = come * Math.exp(Math.min(come, 2.0 * ranks));
      stepping = run / (1 + run);
      fill = come / (ranks * stepping);
      held = steps.heldSeconds(goal, fill);
    }
    double together = ranks == 1 ? 0 : Math.pow(stepping, instances) * held / 2;
    double queue =
        Queue.waitSeconds((double) instances * ranks, requestsPerSecond * held / ranks, held);
    return steps.frontSeconds(goal, requestsPerSecond / ranks)
        + together
        + queue
        + steps.readSeconds(goal, fill);
  }

  /** Requests per second of an instance at which the mean stays within a time; 0 = none. */
  double within(double limitSeconds, double mostBusy) {
    double high = mostBusy * most();
    if (seconds(high) <= limitSeconds) {
      return high;
    }
    double low = 0;
    while (high - low > CLOSE * high) {
      double middle = (low + high) / 2;
      if (seconds(middle) <= limitSeconds) {
        low = middle;
      } else {
        high = middle;
      }
      if (high < CLOSE * most()) {
        return 0;
      }
    }
    return low;
  }
}
