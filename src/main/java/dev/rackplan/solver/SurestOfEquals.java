package dev.rackplan.solver;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** Which of the plans that are as good as the best is taken: the one whose time is surest. */
final class SurestOfEquals {
  // Times that a plan's loss may be that of the best to count as its equal: a tenth of a percent,
  // far below what any ± says. Assumed.
  private static final double EQUALS = 1.001;

  private SurestOfEquals() {}

  /**
   * Of plans with as many GPUs as the best needs and a loss within 0.1% of its, the one with the
   * smallest ±, of those the best; empty without plans.
   *
   * @param plusMinus of a plan's time; one that is not known is the least sure
   */
  static <T> Optional<T> of(
      List<T> plans, Function<T, Loss> loss, Function<T, OptionalDouble> plusMinus) {
    return plans.stream()
        .map(loss)
        .min(Comparator.naturalOrder())
        .flatMap(
            best ->
                plans.stream()
                    .filter(plan -> equals(loss.apply(plan), best))
                    .min(
                        Comparator.comparingDouble(
                                (T plan) -> plusMinus.apply(plan).orElse(Double.POSITIVE_INFINITY))
                            .thenComparing(loss)));
  }

  private static boolean equals(Loss loss, Loss best) {
    return loss.gpus() == best.gpus() && loss.ratioTo(best) <= EQUALS;
  }
}
