package dev.rackplan.cli;

import dev.rackplan.report.ReplayedLimits;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Finds what keeps limits of percentiles by a formula that knows means: the formula's limits are
 * made so many times shorter that a replay of what it finds just keeps the percentiles.
 */
final class TightenedLimits {
  private static final int MOST_ROUNDS = 9;
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
   * The best that keeps the percentiles; where none does, the last that was found.
   *
   * @param tried searches with limits of TTFT and TPOT so many times as long, and replays
   * @param worth how good a find is, more is better
   */
  static <T> Tried<T> search(
      BiFunction<Double, Double, Tried<T>> tried, ToDoubleFunction<T> worth, BooleanSupplier stop) {
    double[] share = {1, 1};
    // The shortest that broke a percentile, and the longest that nothing was found for.
    double[] loose = share;
    double[] tight = {0, 0};
    Optional<Tried<T>> best = Optional.empty();
    Tried<T> last = tried.apply(share[0], share[1]);
    if (last.limits().isEmpty()) {
      return last;
    }
    Tried<T> found = last;
    for (int round = 1; round < MOST_ROUNDS && !stop.getAsBoolean(); round++) {
      if (last.kept() && better(last, best, worth)) {
        best = Optional.of(last);
      }
      double[] next;
      if (last.limits().isEmpty()) {
        tight = share;
        next = new double[] {middle(tight[0], loose[0]), middle(tight[1], loose[1])};
      } else {
        loose = last.kept() ? loose : share;
        found = last;
        ReplayedLimits limits = last.limits().get();
        next =
            new double[] {
              next(share[0], limits.ttftOfLimit(), tight[0]),
              next(share[1], limits.tpotOfLimit(), tight[1])
            };
      }
      if (Arrays.equals(next, share)) {
        break;
      }
      share = next;
      last = tried.apply(share[0], share[1]);
    }
    if (last.kept() && better(last, best, worth)) {
      return last;
    }
    return best.orElse(last.limits().isPresent() ? last : found);
  }

  private static <T> boolean better(
      Tried<T> one, Optional<Tried<T>> best, ToDoubleFunction<T> worth) {
    return best.isEmpty()
        || worth.applyAsDouble(one.found()) > worth.applyAsDouble(best.get().found());
  }

  // No longer than the limit itself: means are to be kept, too.
  private static double next(double share, double ofLimit, double tight) {
    if (ofLimit == 0 || ofLimit >= NEAR && ofLimit <= 1) {
      return share;
    }
    double next = Math.min(1, share * AIM / ofLimit);
    return next <= tight && tight < share ? middle(tight, share) : next;
  }

  private static double middle(double one, double other) {
    return (one + other) / 2;
  }
}
