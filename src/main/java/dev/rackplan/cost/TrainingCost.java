package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Training;
import java.util.List;

/** A training step put together from its stages. */
public final class TrainingCost {
  private TrainingCost() {}

  /**
   * Passes of one stage and what it adds to the step.
   *
   * @param boundarySeconds one hop to the next stage in s, 0 on the last
   */
  static StageTraining ofStage(
      Problem problem,
      Plan plan,
      int stage,
      List<LayerCost> layers,
      StageCost cost,
      double boundarySeconds) {
    Training training = problem.workload().training().orElseThrow();
    double hop = boundarySeconds * training.virtualStages();
    double head = cost.headSeconds() / StageModel.HEAD_PASSES;
    double forward = hop + head;
    double backward = hop + 2 * head;
    double weights = head;
    double elementwise = 0;
    for (LayerCost layer : layers) {
      LayerTraining passes = layer.training().orElseThrow();
      forward += passes.forwardSeconds();
      backward += passes.backwardSeconds();
      weights += passes.weightGradientSeconds();
      elementwise += passes.elementwiseSeconds();
    }
    GradientTime gradients = new GradientTime(problem, plan, stage);
    double hidden = training.overlapGradientReduction() ? backward : 0;
    return new StageTraining(
        forward,
        backward,
        weights,
        elementwise,
        Math.max(0, gradients.reductionSeconds() - hidden),
        gradients.optimizerSeconds());
  }

  /** All micro-batches through the pipeline in s. */
  public static double scheduleSeconds(Problem problem, int microBatches, List<StageCost> stages) {
    Training training = problem.workload().training().orElseThrow();
    return ScheduleTime.seconds(
        training.schedule(),
        training.virtualStages(),
        microBatches,
        stages.stream().map(TrainingCost::passes).toList());
  }

  private static ScheduleTime.Passes passes(StageCost stage) {
    StageTraining training = stage.training().orElseThrow();
    return new ScheduleTime.Passes(
        stage.seconds(),
        training.forwardSeconds(),
        training.backwardSeconds(),
        training.weightGradientSeconds());
  }

  /** The schedule, then the slowest stage's reduction and optimizer, in s. */
  public static double stepSeconds(Problem problem, int microBatches, List<StageCost> stages) {
    return scheduleSeconds(problem, microBatches, stages) + ending(stages).endSeconds();
  }

  /** The stage that the step ends with: where reduction and optimizer take longest, the first. */
  public static StageTraining ending(List<StageCost> stages) {
    StageTraining longest = stages.get(0).training().orElseThrow();
    for (StageCost stage : stages) {
      StageTraining other = stage.training().orElseThrow();
      longest = other.endSeconds() > longest.endSeconds() ? other : longest;
    }
    return longest;
  }

  /** {@code 1 - M·ΣT/(P·schedule)}. */
  static double bubbleFraction(Problem problem, int microBatches, List<StageCost> stages) {
    double sum = stages.stream().mapToDouble(StageCost::seconds).sum();
    return 1 - microBatches * sum / stages.size() / scheduleSeconds(problem, microBatches, stages);
  }

  /**
   * FLOPs of one token, forward and backward, nothing computed again: {@code 6·weights} that it
   * uses (the embedding's lookup not among them) and three times the scores over the whole
   * sequence, as published utilisations count them (no causal mask).
   */
  public static double modelFlopsPerToken(Problem problem) {
    Model model = problem.model();
    double flops = 6.0 * model.embeddingParameters();
    for (Layer layer : model.layers()) {
      flops +=
          6.0 * layer.activeParameters()
              + 3 * layer.attention().passScoreFlops(problem.workload().contextTokens());
    }
    return flops;
  }
}
