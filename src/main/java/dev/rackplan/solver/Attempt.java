package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One layout that was looked at. How it compares is only known when the best plan is.
 *
 * @param reached of its plan, where it was solved
 * @param estimate what the usual placements would about reach, where that was not worth solving
 * @param bound what it could reach at best, where that was not enough to solve it
 * @param fault why it is no plan; one that is too slow comes with what it reached, or its bound
 */
record Attempt(
    Layout layout,
    Optional<Standing> reached,
    Optional<Standing> estimate,
    Optional<Standing> bound,
    Optional<String> fault) {
  /** How faults of memory begin. */
  static final String MEMORY = "memory: ";

  static Attempt solved(Layout layout, Standing reached) {
    return new Attempt(
        layout, Optional.of(reached), Optional.empty(), Optional.empty(), Optional.empty());
  }

  static Attempt late(Layout layout, Standing reached, String fault) {
    return new Attempt(
        layout, Optional.of(reached), Optional.empty(), Optional.empty(), Optional.of(fault));
  }

  /** Too slow even at its bound. */
  static Attempt lateAtBest(Layout layout, Standing bound, String fault) {
    return new Attempt(
        layout, Optional.empty(), Optional.empty(), Optional.of(bound), Optional.of(fault));
  }

  static Attempt beaten(Layout layout, Standing bound) {
    return new Attempt(
        layout, Optional.empty(), Optional.empty(), Optional.of(bound), Optional.empty());
  }

  static Attempt faulty(Layout layout, String fault) {
    return new Attempt(
        layout, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(fault));
  }

  static Attempt estimated(Layout layout, Standing estimate) {
    return new Attempt(
        layout, Optional.empty(), Optional.of(estimate), Optional.empty(), Optional.empty());
  }

  LayoutTrial chosen() {
    return trial(LayoutTrial.Reason.CHOSEN, "chosen");
  }

  /**
   * As one that lost to the best plan of all, if there is one; with a fault, that isn't looked at.
   */
  LayoutTrial comparedWith(Optional<Standing> best) {
    if (fault.isPresent()) {
      return trial(faultReason(), fault.get());
    }
    if (best.isEmpty()) {
      return trial(LayoutTrial.Reason.OTHER, "not solved");
    }
    if (estimate.isPresent()) {
      return trial(
          LayoutTrial.Reason.ESTIMATE,
          "not solved: estimated " + estimate.get().comparedWith(best.get()));
    }
    if (bound.isPresent()) {
      return trial(
          LayoutTrial.Reason.BOUND,
          "cannot win: its bound is " + bound.get().comparedWith(best.get()));
    }
    return trial(LayoutTrial.Reason.WORSE, reached.orElseThrow().comparedWith(best.get()));
  }

  private LayoutTrial.Reason faultReason() {
    if (fault.orElseThrow().startsWith(MEMORY)) {
      return LayoutTrial.Reason.MEMORY;
    }
    return reached.isPresent() || bound.isPresent()
        ? LayoutTrial.Reason.TIME
        : LayoutTrial.Reason.OTHER;
  }

  private LayoutTrial trial(LayoutTrial.Reason reason, String outcome) {
    Optional<Standing> figures = reached.or(() -> estimate);
    return new LayoutTrial(
        layout,
        figure(figures.map(Standing::stepSeconds)),
        figure(figures.map(Standing::tokensPerSecondPerGpu)),
        OptionalDouble.empty(),
        reason,
        outcome);
  }

  private static OptionalDouble figure(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }
}
