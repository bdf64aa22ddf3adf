package dev.rackplan.cost.pipeline;

/**
 * Lower bounds on the stage times of one micro-batch, from which a phase bounds its step.
 *
 * @param largestSeconds the slowest stage in s
 * @param sumSeconds all stages together in s
 * @param apartSeconds the same with nothing side by side: in training forward and backward passes
 *     that run alone
 * @param tailSeconds sum over stages of {@code LayerCost.tailSeconds} in s; 0 in inference
 */
public record StageFloors(
    double largestSeconds, double sumSeconds, double apartSeconds, double tailSeconds) {}
