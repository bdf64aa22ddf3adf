package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.ModelFlops;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.PeakFlops;
import java.util.Optional;

/**
 * What only training has. Times in s of one optimizer step.
 *
 * @param scheduleSeconds all micro-batches through the pipeline
 * @param reductionSeconds gradients reduced and weights gathered, as far as nothing hides them
 * @param optimizerSeconds optimizer state read and written
 * @param exposedCommunicationSeconds all-reduces, all-to-all and hops of the slowest stage that
 *     nothing hides, over all micro-batches, and the reduction
 * @param modelFlopsPerToken forward and backward, nothing computed again, no causal mask
 * @param modelFlopsUtilization share of the GPUs' BF16 peak that these are; GPUs without a BF16
 *     rate count with their narrowest wider one
 */
public record TrainingFigures(
    double scheduleSeconds,
    double reductionSeconds,
    double optimizerSeconds,
    double exposedCommunicationSeconds,
    double modelFlopsPerToken,
    double modelFlopsUtilization) {

  /** The whole step in s. */
  public double stepSeconds() {
    return scheduleSeconds + reductionSeconds + optimizerSeconds;
  }

  /** Of a training plan; empty for inference. */
  static Optional<TrainingFigures> of(Problem problem, CostedPlan costed) {
    if (problem.workload().training().isEmpty()) {
      return Optional.empty();
    }
    TrainingCost training = new TrainingCost(problem, costed.plan().layout());
    Plan plan = costed.plan();
    CostedInstance instance = costed.slowest();
    int microBatches = plan.layout().microBatches();
    CostedStage slowest = instance.stages().get(instance.slowestStage());
    StageTraining last = StageTraining.ending(instance.stages());
    double compute = slowest.terms().sum(term -> !term.communication());
    double flops = new ModelFlops(problem).perToken();
    return Optional.of(
        new TrainingFigures(
            training.scheduleSeconds(microBatches, instance.stages()),
            last.reductionSeconds(),
            last.optimizerSeconds(),
            microBatches * Math.max(0, slowest.seconds() - compute) + last.reductionSeconds(),
            flops,
            flops * costed.tokensPerSecond() / peakFlops(problem, plan)));
  }

  private static double peakFlops(Problem problem, Plan plan) {
    double sum = 0;
    for (Stage stage : plan.stages()) {
      for (int gpu : stage.gpus()) {
        PeakFlops peak = problem.topology().gpus().get(gpu).spec().peakFlops();
        sum +=
            peak.rate(Dtype.BF16.operandBits())
                .orElseGet(
                    () -> peak.rate(problem.precision().weights().operandBits()).orElseThrow());
      }
    }
    return sum;
  }
}
