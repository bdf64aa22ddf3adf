package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Plan;
import java.util.OptionalDouble;

/**
 * A published row and what the model says.
 *
 * @param predicted in the unit of the row's kind
 * @param evaluation of the published layout
 */
public record Prediction(PublishedRow row, double predicted, Evaluation evaluation) {
  /** Judges the published layout like any other plan. */
  public static Prediction of(PublishedRow row) {
    Plan plan = UsualPlan.of(row.problem(), row.layout(), row.placement());
    Evaluation evaluation = new Evaluator(row.problem()).evaluate(plan);
    return new Prediction(row, row.kind().predicted(plan, evaluation), evaluation);
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
