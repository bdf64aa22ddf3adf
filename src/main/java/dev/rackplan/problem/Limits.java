package dev.rackplan.problem;

import dev.rackplan.workload.Phase;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What a plan must keep to.
 *
 * @param tpotSeconds longest time per output token in s (decode); empty = none
 * @param ttftSeconds longest time to first token in s (prefill); empty = none
 * @param memoryReserve share of each GPU's memory that stays free, in [0, 1); where an engine's own
 *     rule decides it is of no meaning
 * @param demand what the deployment must yield, with as few GPUs as may be; empty = as the
 *     objective says, on all GPUs
 * @param tpotOf which figure of requests' TPOT {@code tpotSeconds} limits; a percentile is told by
 *     a replay, and the mean is to keep it, too
 * @param ttftOf the same of TTFT
 */
public record Limits(
    OptionalDouble tpotSeconds,
    OptionalDouble ttftSeconds,
    double memoryReserve,
    Optional<Demand> demand,
    Statistic tpotOf,
    Statistic ttftOf) {
  /** Limits of means without a demand. */
  public Limits(OptionalDouble tpotSeconds, OptionalDouble ttftSeconds, double memoryReserve) {
    this(tpotSeconds, ttftSeconds, memoryReserve, Optional.empty(), Statistic.MEAN, Statistic.MEAN);
  }

  public Limits {
    if (tpotSeconds.isPresent() && !(tpotSeconds.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "tpotSeconds must be > 0, was " + tpotSeconds.getAsDouble());
    }
    if (ttftSeconds.isPresent() && !(ttftSeconds.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "ttftSeconds must be > 0, was " + ttftSeconds.getAsDouble());
    }
    if (!(memoryReserve >= 0 && memoryReserve < 1)) {
      throw new IllegalArgumentException("memoryReserve must be in [0, 1), was " + memoryReserve);
    }
  }

  /** The same limits, and a demand that must be met. */
  public Limits withDemand(Demand other) {
    return new Limits(tpotSeconds, ttftSeconds, memoryReserve, Optional.of(other), tpotOf, ttftOf);
  }

  /** The same limits of these figures. */
  public Limits of(Statistic tpot, Statistic ttft) {
    return new Limits(tpotSeconds, ttftSeconds, memoryReserve, demand, tpot, ttft);
  }

  /** Limit of the TPOT; empty = none. */
  public Optional<LatencyLimit> tpot() {
    return limit(tpotSeconds, tpotOf);
  }

  /** Limit of the TTFT; empty = none. */
  public Optional<LatencyLimit> ttft() {
    return limit(ttftSeconds, ttftOf);
  }

  private static Optional<LatencyLimit> limit(OptionalDouble seconds, Statistic of) {
    return seconds.isPresent()
        ? Optional.of(new LatencyLimit(seconds.getAsDouble(), of))
        : Optional.empty();
  }

  /** Whether one of them is of a percentile. */
  public boolean ofPercentiles() {
    return Stream.of(tpot(), ttft()).flatMap(Optional::stream).anyMatch(LatencyLimit::isPercentile);
  }

  /** Longest step of {@code phase} in s: TPOT in decode, TTFT in prefill; empty = none. */
  public OptionalDouble stepSeconds(Phase phase) {
    return switch (phase) {
      case DECODE -> tpotSeconds;
      case TRAINING -> OptionalDouble.empty();
      case PREFILL -> ttftSeconds;
    };
  }
}
