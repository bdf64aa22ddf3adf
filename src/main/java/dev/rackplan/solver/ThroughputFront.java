package dev.rackplan.solver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** The Pareto set of tokens/s per GPU against TPOT or TTFT. */
final class ThroughputFront {
  private ThroughputFront() {}

  /**
   * Those of {@code items} that no other beats in both figures, the quickest first; of equals the
   * first.
   */
  static <T> List<T> of(List<T> items, Function<T, Standing> standing) {
    List<T> sorted = new ArrayList<>(items);
    sorted.sort(
        Comparator.comparingDouble((T item) -> standing.apply(item).stepSeconds())
            .thenComparingDouble(item -> -standing.apply(item).tokensPerSecondPerGpu()));
    List<T> front = new ArrayList<>();
    double most = 0;
    for (T item : sorted) {
      double tokens = standing.apply(item).tokensPerSecondPerGpu();
      if (tokens > most) {
        front.add(item);
        most = tokens;
      }
    }
    return front;
  }

  /** At most {@code most} of a front's points, evenly along it. */
  static <T> List<T> thinned(List<T> front, int most) {
    if (front.size() <= most) {
      return front;
    }
    List<T> kept = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      kept.add(front.get((int) ((long) i * (front.size() - 1) / (most - 1))));
    }
    return kept;
  }
}
