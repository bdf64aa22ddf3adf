package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.evaluation.Evaluator;
import java.util.OptionalDouble;

/**
 * A published row and what the model says.
 *
 * @param predicted in the unit of the row's kind
 * @param costed the published layout
 */
public record Prediction(PublishedRow row, double predicted, CostedPlan costed) {
  /** Costs the published layout like any other plan. */
  public static Prediction of(PublishedRow row) {
    CostedPlan costed =
        new Evaluator(row.problem())
            .cost(UsualPlan.of(row.problem(), row.layout(), row.placement()), CostDetail.TIMES);
    return new Prediction(row, row.kind().predicted(costed), costed);
  }

  /**
   * {@code predicted/measured - 1}: 0.1 = the model says 10% more than was measured; empty where
   * nothing was.
   */
  public OptionalDouble error() {
    return row.measured().isPresent()
        ? OptionalDouble.of(predicted / row.measured().getAsDouble() - 1)
        : OptionalDouble.empty();
  }
}
