package dev.rackplan.cli.planning;

import dev.rackplan.report.ReplayedLimits;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Finds what keeps limits of percentiles by a formula that knows means: the formula's limits are
 * made so many times shorter that a replay of what it finds just keeps the percentiles.
 */
public final class TightenedLimits {
  private static final int MOST_ROUNDS = 12;
  // Near enough to a limit to search no further; what a share aims at below it; how near two shares
  // are to be the same. Assumed.
  private static final double NEAR = 0.95;
  private static final double AIM = 0.98;
  private static final double SAME = 1e-3;

  private TightenedLimits() {}

  /**
   * What was found under shorter limits, and what a replay says of it.
   *
   * @param limits what a replay says; empty where nothing was found
   */
  public record Tried<T>(T found, Optional<ReplayedLimits> limits) {
    public boolean kept() {
      return limits.isPresent() && limits.get().kept();
    }

    /** Whether it is better than another one, if there is any. */
    boolean betterThan(Optional<Tried<T>> other, ToDoubleFunction<T> worth) {
      return kept()
          && (other.isEmpty()
              || worth.applyAsDouble(found) > worth.applyAsDouble(other.get().found()));
    }
  }

  /**
   * A limit so many times as long, and what is known of others.
   *
   * @param low the longest that kept the percentile, or that nothing was found for
   * @param high the shortest that broke it
   */
  private record Share(double of, double low, double high) {
    static final Share WHOLE = new Share(1, 0, Double.MAX_VALUE);

    // Where the percentile is broken while another limit keeps the mean below this share, one above
    // the mean would bind nothing.
    Share after(double ofLimit, double meanOfLimit) {
      if (ofLimit == 0 || ofLimit >= NEAR && ofLimit <= 1) {
        return this;
      }
      if (ofLimit > 1) {
        double from = Math.min(of, meanOfLimit);
        return new Share(of, low, from).to(from * AIM / ofLimit);
      }
      return new Share(of, of, high).to(of * AIM / ofLimit);
    }

    Share afterNothing() {
      return high == Double.MAX_VALUE ? this : new Share(of, of, high).to(of);
    }

    // No longer than the limit itself: means are to be kept, too.
    private Share to(double next) {
      if (high - low <= SAME * high) {
        return this;
      }
      double between = next > low && next < high ? next : (low + high) / 2;
      return new Share(Math.min(1, between), low, high);
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
    Share ttft = Share.WHOLE;
    Share tpot = Share.WHOLE;
    Optional<Tried<T>> best = Optional.empty();
    Tried<T> found = tried.apply(ttft.of(), tpot.of());
    Tried<T> last = found;
    for (int round = 1; round < MOST_ROUNDS && !stop.getAsBoolean(); round++) {
      best = last.betterThan(best, worth) ? Optional.of(last) : best;
      Share shorterTtft = ttft.afterNothing();
      Share shorterTpot = tpot.afterNothing();
      if (last.limits().isPresent()) {
        found = last;
        ReplayedLimits limits = last.limits().get();
        shorterTtft = ttft.after(limits.ttftOfLimit(), limits.ttftMeanOfLimit());
        shorterTpot = tpot.after(limits.tpotOfLimit(), limits.tpotMeanOfLimit());
      }
      boolean same = shorterTtft.of() == ttft.of() && shorterTpot.of() == tpot.of();
      if (same) {
        break;
      }
      ttft = shorterTtft;
      tpot = shorterTpot;
      last = tried.apply(ttft.of(), tpot.of());
    }
    if (last.betterThan(best, worth)) {
      return last;
    }
    return best.orElse(last.limits().isPresent() ? last : found);
  }
}
