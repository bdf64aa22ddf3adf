package dev.rackplan.accuracy;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.ModelledTime;
import dev.rackplan.law.RestsOn;
import dev.rackplan.problem.Problem;
import java.util.Collections;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * A row that can be priced, and what the model says of it.
 *
 * @param family what it has in common with others
 * @param tpotMillis time per output token in ms
 * @param ttftMillis time to first token of a prompt that waits for no other, in ms
 * @param tpot how sure the TPOT is
 * @param ttft how sure the TTFT is, against prompts that do wait
 */
public record MeasuredPrediction(
    MeasuredRow row,
    RowFamily family,
    double tpotMillis,
    double ttftMillis,
    Confidence tpot,
    Confidence ttft)
    implements RowResult {
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
    return of(row, run, UnaryOperator.identity());
  }

  /** The same by other laws. */
  static MeasuredPrediction of(MeasuredRow row, ServingRun run, UnaryOperator<Problem> repriced) {
    Priced decode = Priced.of(run.decode(), repriced);
    Priced prompt = Priced.of(run.prompt(), repriced);
    double tpot = decode.instance().stepSeconds();
    RestsOn restsOn = decode.restsOn();
    if (run.pools() == ServingRun.Pools.AGGREGATED) {
      double sequences = run.decode().layout().concurrentSequences();
      double together = run.prompts().layout().concurrentSequences();
      double steps = Math.max(0, sequences - together) / together;
      if (steps > 0) {
        Priced prompts = Priced.of(run.prompts(), repriced);
        double stall = steps * Collections.max(prompts.instance().seconds()) / run.outputTokens();
        tpot += stall;
        restsOn = restsOn.mixed(stall / tpot, prompts.restsOn());
      }
    }
    return new MeasuredPrediction(
        row,
        run.family(),
        MILLIS * tpot,
        MILLIS * prompt.instance().stepSeconds(),
        decode.confidence(ModelledTime.TPOT, restsOn),
        prompt.confidence(ModelledTime.SERVED_TTFT, prompt.restsOn()));
  }

  /** A deployment's slowest instance and what its step rests on. */
  private record Priced(Problem problem, CostedInstance instance, RestsOn restsOn) {
    static Priced of(Deployment deployment, UnaryOperator<Problem> repriced) {
      Problem problem = repriced.apply(deployment.problem());
      CostedPlan costed =
          new Evaluator(problem)
              .cost(RowPlan.of(problem, deployment.layout(), PLACEMENT), CostDetail.TIMES);
      return new Priced(problem, costed.slowest(), StepConfidence.restsOn(problem, costed));
    }

    Confidence confidence(ModelledTime time, RestsOn restsOn) {
      return StepConfidence.of(problem, instance.shapes().get(0).spec(0), time, restsOn);
    }
  }

  /** Whether the measured TPOT lies within the ± that is stated. */
  boolean tpotWithin() {
    double measured = row.tpotMillis().orElseThrow();
    return Math.abs(measured / tpotMillis - 1) <= tpot.plusMinus().orElseThrow();
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
