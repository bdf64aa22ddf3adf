package dev.rackplan.accuracy;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Plan;
import java.util.Collections;
import java.util.OptionalDouble;

/**
 * A row that can be priced, and what the model says of it.
 *
 * @param family what it has in common with others
 * @param tpotMillis time per output token in ms
 * @param ttftMillis time to first token of a prompt that waits for no other, in ms
 */
public record MeasuredPrediction(
    MeasuredRow row, RowFamily family, double tpotMillis, double ttftMillis) implements RowResult {
  private static final double MILLIS = 1e3;
  // Engines that are not told otherwise hold experts in order.
  private static final String PLACEMENT = "contiguous";

  /**
   * Prices a run without search.
   *
   * <p>On shared GPUs every sequence that decodes waits while others' prompts are read: in the time
   * of one answer each other sequence ends once, and its place is taken by a new prompt. Its own
   * prompt is its TTFT. So {@code TPOT = decode + (n - s)/s · prefill/outputTokens}, for n
   * sequences and prefill steps of s prompts; in a pipeline the slowest stage's time counts.
   */
  static MeasuredPrediction of(MeasuredRow row, ServingRun run) {
    double tpot = costed(run.decode()).stepSeconds();
    if (run.pools() == ServingRun.Pools.AGGREGATED) {
      double sequences = run.decode().layout().concurrentSequences();
      double together = run.prompts().layout().concurrentSequences();
      double steps = Math.max(0, sequences - together) / together;
      if (steps > 0) {
        double stall = Collections.max(costed(run.prompts()).seconds());
        tpot += steps * stall / run.outputTokens();
      }
    }
    return new MeasuredPrediction(
        row, run.family(), MILLIS * tpot, MILLIS * costed(run.prompt()).stepSeconds());
  }

  private static CostedInstance costed(Deployment deployment) {
    Plan plan = RowPlan.of(deployment.problem(), deployment.layout(), PLACEMENT);
    return new Evaluator(deployment.problem()).cost(plan, CostDetail.TIMES).slowest();
  }

  /** {@code predicted/measured - 1} of the TPOT; empty where none was measured. */
  public OptionalDouble tpotError() {
    return error(tpotMillis, row.tpotMillis());
  }

  /** The same of the TTFT. */
  public OptionalDouble ttftError() {
    return error(ttftMillis, row.ttftMillis());
  }

  private static OptionalDouble error(double predicted, OptionalDouble measured) {
    return measured.isPresent()
        ? OptionalDouble.of(predicted / measured.getAsDouble() - 1)
        : OptionalDouble.empty();
  }
}
