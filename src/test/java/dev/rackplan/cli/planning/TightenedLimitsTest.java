package dev.rackplan.cli.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.planning.TightenedLimits.Tried;
import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.problem.Statistic;
import dev.rackplan.replay.Distribution;
import dev.rackplan.report.ReplayedLimits;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class TightenedLimitsTest {
  private static final double LIMIT = 0.15;

  private static Distribution times(double mean, double p99) {
    return new Distribution(10_000, mean, mean, mean, mean, p99, p99);
  }

  // Finds what has this mean TTFT by the formula, up to the one at which another limit binds; its
  // worth is that mean, since more requests wait longer.
  private static Tried<Double> search(double most, DoubleUnaryOperator p99OfMean) {
    LatencyLimit limit = new LatencyLimit(LIMIT, Statistic.P99);
    return TightenedLimits.search(
        (ttft, tpot) -> {
          double mean = Math.min(most, ttft * LIMIT);
          return new Tried<>(
              mean,
              Optional.of(
                  new ReplayedLimits(
                      Optional.of(limit),
                      Optional.empty(),
                      new ReplayedLimits.Times(
                          10_000,
                          0,
                          10_000,
                          times(mean, p99OfMean.applyAsDouble(mean)),
                          times(0, 0)))));
        },
        mean -> mean,
        () -> false);
  }

  // The TPOT limit keeps the mean TTFT at a fiftieth of its own limit: shares of that limit bind
  // nothing until they are shorter than a fiftieth.
  @Test
  void meanFarBelowItsLimit_isShortenedFromWhatItIs() {
    Tried<Double> tried = search(0.003, mean -> 60 * mean);

    assertTrue(tried.kept());
    assertEquals(0.0025, tried.found(), 0.05 * 0.0025);
  }

  // Near the least mean a little more of it is a much longer percentile: between a share that keeps
  // it and one that breaks it lies the best.
  @Test
  void steepPercentile_isFoundBetweenKeptAndBroken() {
    Tried<Double> tried = search(1, mean -> mean < 0.039 ? 0.06 : 0.06 + 60 * (mean - 0.039));

    assertTrue(tried.kept());
    assertEquals(0.0405, tried.found(), 0.0002);
  }

  @Test
  void percentileThatNothingKeeps_saysWhatWasFound() {
    Tried<Double> tried = search(1, mean -> 0.2 + mean);

    assertFalse(tried.kept());
    assertTrue(tried.limits().isPresent());
  }
}
