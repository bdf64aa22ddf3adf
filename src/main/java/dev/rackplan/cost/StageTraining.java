package dev.rackplan.cost;

import java.util.List;

/**
 * What training adds to a stage's time for one micro-batch, in s; {@link CostedStage#seconds()} is
 * forward and backward together, side by side where the schedule runs them so.
 *
 * @param forwardSeconds F: the forward pass alone
 * @param backwardSeconds B: the whole backward pass alone, weight gradients included
 * @param weightGradientSeconds W: weight gradients, the part of B that can wait
 * @param boundarySeconds once to the next stage, one way; 0 on the last
 * @param reductionSeconds once a step: gradients over data-parallel ranks and weights back, as far
 *     as the backward pass does not hide it
 * @param optimizerSeconds once a step: reading and writing optimizer state
 */
public record StageTraining(
    double forwardSeconds,
    double backwardSeconds,
    double weightGradientSeconds,
    double boundarySeconds,
    double reductionSeconds,
    double optimizerSeconds) {

  /** What the stage adds to the end of a step, in s. */
  public double endSeconds() {
    return reductionSeconds + optimizerSeconds;
  }

  /** The stage that the step ends with: where reduction and optimizer take longest, the first. */
  public static StageTraining ending(List<CostedStage> stages) {
    StageTraining longest = stages.get(0).training().orElseThrow();
    for (CostedStage stage : stages) {
      StageTraining other = stage.training().orElseThrow();
      longest = other.endSeconds() > longest.endSeconds() ? other : longest;
    }
    return longest;
  }
}
