package dev.rackplan.accuracy;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.law.Confidence;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.Optional;
import java.util.OptionalDouble;

/** What became of a measured training row. */
public sealed interface TrainingResult permits TrainingResult.Predicted, TrainingResult.Refused {
  /** The row. */
  TrainingRow row();

  /**
   * A row that could be priced.
   *
   * @param stepSeconds optimizer step in s
   * @param memoryBytes that the framework's allocator holds at most on the fullest GPU: all except
   *     the CUDA context and communicators, as frameworks report it
   * @param outOfMemory whether that and those are more than the GPU has, less the reserve
   * @param memory how sure that is
   * @param confidence how sure the step is
   */
  record Predicted(
      TrainingRow row,
      double stepSeconds,
      double memoryBytes,
      boolean outOfMemory,
      MemoryConfidence memory,
      Confidence confidence)
      implements TrainingResult {

    /**
     * {@code predicted/measured - 1} of the step; empty where none was measured, or what decides it
     * is not said.
     */
    public OptionalDouble stepError() {
      return unsaid().isPresent() ? OptionalDouble.empty() : error(stepSeconds, row.stepSeconds());
    }

    /** What decides the step and the row does not say. */
    public Optional<String> unsaid() {
      return ((TrainingRun) row.run()).unsaid();
    }

    /** The same of the memory. */
    public OptionalDouble memoryError() {
      return error(memoryBytes, row.memoryBytes());
    }

    private static OptionalDouble error(double predicted, OptionalDouble measured) {
      return measured.isPresent()
          ? OptionalDouble.of(predicted / measured.getAsDouble() - 1)
          : OptionalDouble.empty();
    }
  }

  /**
   * A row that could not be priced.
   *
   * @param why in words
   */
  record Refused(TrainingRow row, String why) implements TrainingResult {}

  /** Prices a row without search; experts lie in order. */
  static TrainingResult of(TrainingRow row) {
    if (row.run() instanceof RowRun.NotExpressible refused) {
      return new Refused(row, refused.why());
    }
    Deployment deployment = ((TrainingRun) row.run()).deployment();
    Problem problem = deployment.problem();
    Plan plan = UsualPlan.inOrder(problem, deployment.layout());
    CostedPlan all = new Evaluator(problem).cost(plan, CostDetail.TIMES);
    CostedInstance costed = all.slowest();
    double most = 0;
    boolean full = false;
    for (int s = 0; s < costed.stages().size(); s++) {
      MemoryUse memory = costed.stages().get(s).memory();
      double bytes = memory.bytes();
      most = Math.max(most, bytes - memory.working().frameworkBytes());
      full |= bytes > StageRule.limitBytes(problem, plan.stages().get(s));
    }
    return new Predicted(
        row,
        costed.stepSeconds(),
        most,
        full,
        MemoryConfidence.of(problem, plan, costed.stages()),
        StepConfidence.of(problem, all));
  }
}
