package dev.rackplan.replay;

import java.util.List;

/**
 * What a pool did.
 *
 * @param busyShare of time that its instances step, in the mean
 * @param steps of all instances
 * @param preempted sequences that had to give way to others, each time counted
 * @param waiting requests in its queues, mean over time
 * @param mostWaiting at once
 * @param running requests that are read, arrive, or are decoded, mean over time
 * @param kvShare of the room for caches that sequences use, mean over time
 * @param mostKvShare the same of the fullest rank at its fullest
 * @param spans the same over time
 */
public record PoolFigures(
    Pool pool,
    double busyShare,
    long steps,
    long preempted,
    double waiting,
    double mostWaiting,
    double running,
    double kvShare,
    double mostKvShare,
    List<Span> spans) {
  /**
   * What a pool's state was in the mean of a span of time.
   *
   * @param seconds its middle
   * @param waiting requests in its queues
   * @param running requests that are read, arrive, or are decoded
   * @param kvShare of the room for caches that sequences use
   */
  public record Span(double seconds, double waiting, double running, double kvShare) {}

  public PoolFigures {
    spans = List.copyOf(spans);
  }
}
