package dev.rackplan.cli;

import dev.rackplan.report.ReplayedLimits;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Finds what keeps limits of percentiles by a formula that knows means: the formula's limits are
 * made so many times shorter that a replay of what it finds just keeps the percentiles.
 */
final class TightenedLimits {
  private static final int MOST_ROUNDS = 5;
  // Near enough to a limit to search no further; what a share aims at below it. Assumed.
  private static final double NEAR = 0.95;
  private static final double AIM = 0.98;

  private TightenedLimits() {}

  /**
   * What was found under shorter limits, and what a replay says of it.
   *
   * @param limits what a replay says; empty where nothing was found
   */
  record Tried<T>(T found, Optional<ReplayedLimits> limits) {
    boolean kept() {
      return limits.isPresent() && limits.get().kept();
    }
  }

  /**
   * The best that keeps the percentiles; where none does, the last that was tried.
   *
   * @param tried searches with limits of TTFT and TPOT so many times as long, and replays
   * @param worth how good a find is, more is better
   */
  static <T> Tried<T> search(
      BiFunction<Double, Double, Tried<T>> tried,
      ToDoubleFunction<T> worth,
      BooleanSupplier stop) {
    double ttft = 1;
    double tpot = 1;
    Optional<Tried<T>> best = Optional.empty();
    Tried<T> last = tried.apply(ttft, tpot);
    for (int round = 1; last.limits().isPresent(); round++) {
      if (last.kept()
          && (best.isEmpty()
              || worth.applyAsDouble(last.found()) > worth.applyAsDouble(best.get().found()))) {
        best = Optional.of(last);
      }
      ReplayedLimits limits = last.limits().get();
      double nextTtft = next(ttft, limits.ttftOfLimit());
      double nextTpot = next(tpot, limits.tpotOfLimit());
      if (round == MOST_ROUNDS
          || stop.getAsBoolean()
          || nextTtft == ttft && nextTpot == tpot) {
        break;
      }
      ttft = nextTtft;
      tpot = nextTpot;
      last = tried.apply(ttft, tpot);
    }
    return best.orElse(last);
  }

  // No longer than the limit itself: means are to be kept, too.
  private static double next(double share, double ofLimit) {
    return ofLimit == 0 || ofLimit >= NEAR && ofLimit <= 1
        ? share
        : Math.min(1, share * AIM / ofLimit);
  }
}
