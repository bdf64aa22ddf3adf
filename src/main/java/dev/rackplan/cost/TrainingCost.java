package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;

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
    return scheduleSeconds(problem, microBatches, stages) + endSeconds(stages);
  }

  /** What the step ends with, in s: of the stage where reduction and optimizer take longest. */
  public static double endSeconds(List<StageCost> stages) {
    return stages.stream()
        .map(StageCost::training)
        .flatMap(Optional::stream)
        .mapToDouble(stage -> stage.reductionSeconds() + stage.optimizerSeconds())
        .max()
        .orElse(0);
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

  /**
   * Why the schedule can't run {@code layout} or its micro-batches don't make up the global batch;
   * empty where they do.
   */
  public static Optional<String> fault(Problem problem, Layout layout) {
    if (problem.workload().training().isEmpty()) {
      return Optional.empty();
    }
    Training training = problem.workload().training().get();
    long batch = problem.workload().concurrentSequences().orElseThrow();
    int stages = layout.pipelineStages();
    int microBatches = layout.microBatches();
    if (layout.concurrentSequences() != batch) {
      return Optional.of(
          "global batch: holds " + layout.concurrentSequences() + " sequences, asked for " + batch);
    }
    if (training.schedule() == PipelineSchedule.INTERLEAVED) {
      if (microBatches % stages != 0) {
        return Optional.of(
            "interleaved needs micro-batches in multiples of " + stages + ", not " + microBatches);
      }
      if ((long) stages * training.virtualStages() > problem.model().layers().size()) {
        return Optional.of(
            stages
                + " stages of "
                + training.virtualStages()
                + " chunks, the model has "
                + problem.model().layers().size()
                + " layers");
      }
    }
    if (training.schedule() == PipelineSchedule.DUAL_PIPE
        && (stages % 2 != 0 || microBatches % 2 != 0 || microBatches < 2 * stages)) {
      return Optional.of(
          "dualpipe needs even stages and an even number of at least twice as many micro-batches, not "
              + stages
              + " and "
              + microBatches);
    }
    return Optional.empty();
  }
}
