package dev.rackplan.generated;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.TermAccount;
import dev.rackplan.cost.TermPart;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.ProblemRouting;
import java.util.Locale;
import java.util.Optional;

/** What {@code evaluate --explain} says of a plan, against what the plan costs. */
final class Explained {
  // Parts are summed in another order than terms.
  private static final double ROUNDING = 1e-9;

  private Explained() {}

  /** A term whose parts, each by its law, are not the term. */
  static Optional<String> otherwise(Trial trial) {
    for (Trial.Solution solution : trial.solve().solutions()) {
      CostedPlan costed =
          CostedPlan.of(
              solution.problem(),
              ProblemRouting.of(solution.problem()),
              solution.plan(),
              CostDetail.FIGURES);
      for (Term term : Term.values()) {
        TermAccount account = TermAccount.of(solution.problem(), costed, term);
        double sum = account.parts().stream().mapToDouble(TermPart::seconds).sum();
        if (Math.abs(sum - account.seconds()) > ROUNDING * account.seconds()) {
          return Optional.of(
              String.format(
                  Locale.ROOT,
                  "parts of %s are off by %.3g%%",
                  term.words(),
                  100 * (sum / account.seconds() - 1)));
        }
      }
    }
    return Optional.empty();
  }
}
