package dev.rackplan.cost;

import dev.rackplan.workload.Training;

/**
 * What one stage ends a training step with, in s, before anything hides it.
 *
 * @param gradientSeconds gradients over data-parallel ranks
 * @param gatherSeconds updated weights back
 * @param optimizerSeconds optimizer state read and written
 */
public record StepEnd(double gradientSeconds, double gatherSeconds, double optimizerSeconds) {
  static StepEnd of(GradientTime gradients) {
    return new StepEnd(
        gradients.gradientSeconds(), gradients.gatherSeconds(), gradients.optimizerSeconds());
  }

  /** What of the two exchanges a pass each way leaves visible. */
  public double visibleSeconds(Training training, double forwardSeconds, double backwardSeconds) {
    double hidden = training.overlapGradientReduction() ? backwardSeconds : 0;
    double ahead = training.runtime().gathersAhead() ? forwardSeconds : 0;
    return Math.max(0, gradientSeconds - hidden) + Math.max(0, gatherSeconds - ahead);
  }
}
