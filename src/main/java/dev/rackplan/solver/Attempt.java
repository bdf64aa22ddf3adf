package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One layout that was looked at. How it compares is only known when the best plan is.
 *
 * @param reached of its plan, where it was solved
 * @param bound what it could reach at best, where that was not enough to solve it
 * @param fault why it is no plan
 */
record Attempt(
    Layout layout, Optional<Standing> reached, Optional<Standing> bound, Optional<String> fault) {

  static Attempt solved(Layout layout, Standing reached) {
    return new Attempt(layout, Optional.of(reached), Optional.empty(), Optional.empty());
  }

  static Attempt late(Layout layout, Standing reached, String fault) {
    return new Attempt(layout, Optional.of(reached), Optional.empty(), Optional.of(fault));
  }

  static Attempt beaten(Layout layout, Standing bound) {
    return new Attempt(layout, Optional.empty(), Optional.of(bound), Optional.empty());
  }

  static Attempt faulty(Layout layout, String fault) {
    return new Attempt(layout, Optional.empty(), Optional.empty(), Optional.of(fault));
  }

  LayoutTrial chosen() {
    return trial("chosen");
  }

  /** As one that lost to the best plan of all; with a fault, {@code best} isn't looked at. */
  LayoutTrial comparedWith(Standing best) {
    return trial(
        fault.orElseGet(
            () ->
                bound
                    .map(standing -> "cannot win: its bound is " + worse(standing, best))
                    .orElseGet(() -> worse(reached.orElseThrow(), best))));
  }

  private static String worse(Standing standing, Standing best) {
    return String.format(
        Locale.ROOT, "%.1f%% worse than the best plan", 100 * (standing.loss() / best.loss() - 1));
  }

  private LayoutTrial trial(String outcome) {
    return new LayoutTrial(
        layout,
        figure(reached.map(Standing::stepSeconds)),
        figure(reached.map(Standing::tokensPerSecondPerGpu)),
        outcome);
  }

  private static OptionalDouble figure(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }
}
