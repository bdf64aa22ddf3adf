package dev.rackplan.replay;

import java.util.ArrayList;
import java.util.List;

/**
 * Means of a pool's state over spans of equal length. As time goes on, spans are joined in pairs,
 * so that there are never more than {@value #MOST_SPANS}.
 */
final class Timeline {
  private static final int MOST_SPANS = 240;
  private static final double FIRST_SECONDS = 1.0 / 64;

  private final double[] waiting = new double[MOST_SPANS];
  private final double[] running = new double[MOST_SPANS];
  private final double[] held = new double[MOST_SPANS];
  private double spanSeconds = FIRST_SECONDS;
  private double reached;
  private double mostWaiting;

  /** The state from the last time on until {@code now}. */
  void add(double now, double waitingNow, double runningNow, double heldNow) {
    mostWaiting = now > reached ? Math.max(mostWaiting, waitingNow) : mostWaiting;
    while (now >= spanSeconds * MOST_SPANS) {
      join();
    }
    while (reached < now) {
      int span = Math.min(MOST_SPANS - 1, (int) (reached / spanSeconds));
      double until = Math.min(now, (span + 1) * spanSeconds);
      // Where rounding puts a time on the edge of its span.
      double seconds = Math.max(0, until - reached);
      waiting[span] += waitingNow * seconds;
      running[span] += runningNow * seconds;
      held[span] += heldNow * seconds;
      reached = until > reached ? until : now;
    }
  }

  private void join() {
    for (int i = 0; i < MOST_SPANS; i++) {
      boolean inside = 2 * i + 1 < MOST_SPANS;
      waiting[i] = inside ? waiting[2 * i] + waiting[2 * i + 1] : 0;
      running[i] = inside ? running[2 * i] + running[2 * i + 1] : 0;
      held[i] = inside ? held[2 * i] + held[2 * i + 1] : 0;
    }
    spanSeconds *= 2;
  }

  double mostWaiting() {
    return mostWaiting;
  }

  /** Mean over all time. */
  PoolFigures.Span mean() {
    return new PoolFigures.Span(reached / 2, over(waiting), over(running), over(held));
  }

  private double over(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return reached > 0 ? sum / reached : 0;
  }

  /** All spans up to the last time. */
  List<PoolFigures.Span> spans() {
    List<PoolFigures.Span> spans = new ArrayList<>();
    for (int i = 0; i < MOST_SPANS && i * spanSeconds < reached; i++) {
      double seconds = Math.min(spanSeconds, reached - i * spanSeconds);
      spans.add(
          new PoolFigures.Span(
              i * spanSeconds + seconds / 2,
              waiting[i] / seconds,
              running[i] / seconds,
              held[i] / seconds));
    }
    return spans;
  }
}
