package dev.rackplan.evaluation;

import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.PeakFlops;
import java.util.List;

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

  static TrainingFigures of(
      Problem problem, Plan plan, List<StageCost> stages, double tokensPerSecond) {
    int microBatches = plan.layout().microBatches();
    StageCost slowest = stages.get(Bottleneck.slowestStage(stages));
    StageTraining last = ending(stages);
    double compute =
        slowest.attentionSeconds()
            + slowest.denseSeconds()
            + slowest.expertSeconds()
            + slowest.headSeconds()
            + slowest.training().orElseThrow().elementwiseSeconds();
    double flops = TrainingCost.modelFlopsPerToken(problem);
    return new TrainingFigures(
        TrainingCost.scheduleSeconds(problem, microBatches, stages),
        last.reductionSeconds(),
        last.optimizerSeconds(),
        microBatches * Math.max(0, slowest.seconds() - compute) + last.reductionSeconds(),
        flops,
        flops * tokensPerSecond / peakFlops(problem, plan));
  }

  private static StageTraining ending(List<StageCost> stages) {
    StageTraining longest = stages.get(0).training().orElseThrow();
    for (StageCost stage : stages) {
      StageTraining other = stage.training().orElseThrow();
      if (other.reductionSeconds() + other.optimizerSeconds()
          > longest.reductionSeconds() + longest.optimizerSeconds()) {
        longest = other;
      }
    }
    return longest;
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
