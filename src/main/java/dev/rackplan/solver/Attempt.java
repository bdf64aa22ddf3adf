package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One layout that was looked at. How it compares is only known when the best plan is.
 *
 * @param reached of its plan, where it was solved
 * @param estimate what the usual placements would about reach, where that was not worth solving
 * @param bound what it could reach at best, where that was not enough to solve it
 * @param fault why it is no plan
 */
record Attempt(
    Layout layout,
    Optional<Standing> reached,
    Optional<Standing> estimate,
    Optional<Standing> bound,
    Optional<String> fault) {

  static Attempt solved(Layout layout, Standing reached) {
    return new Attempt(
        layout, Optional.of(reached), Optional.empty(), Optional.empty(), Optional.empty());
  }

  static Attempt late(Layout layout, Standing reached, String fault) {
    return new Attempt(
        layout, Optional.of(reached), Optional.empty(), Optional.empty(), Optional.of(fault));
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
    return trial("chosen");
  }

  /**
   * As one that lost to the best plan of all, if there is one; with a fault, that isn't looked at.
   */
  LayoutTrial comparedWith(Optional<Standing> best) {
    return trial(fault.orElseGet(() -> comparison(best)));
  }

  private String comparison(Optional<Standing> best) {
    if (best.isEmpty()) {
      return "not solved";
    }
    if (estimate.isPresent()) {
      return "not solved: estimated " + worse(estimate.get(), best.get());
    }
    return bound
        .map(standing -> "cannot win: its bound is " + worse(standing, best.get()))
        .orElseGet(() -> worse(reached.orElseThrow(), best.get()));
  }

  private static String worse(Standing standing, Standing best) {
    double percent = 100 * (standing.loss() / best.loss() - 1);
    return String.format(
        Locale.ROOT,
        "%.1f%% %s than the best plan",
        Math.abs(percent),
        percent >= 0 ? "worse" : "better");
  }

  private LayoutTrial trial(String outcome) {
    Optional<Standing> figures = reached.or(() -> estimate);
    return new LayoutTrial(
        layout,
        figure(figures.map(Standing::stepSeconds)),
        figure(figures.map(Standing::tokensPerSecondPerGpu)),
        outcome);
  }

  private static OptionalDouble figure(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }
}
