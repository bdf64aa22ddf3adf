package dev.rackplan.cost.pipeline;

/**
 * One stage's passes of one micro-batch in training.
 *
 * @param seconds T in s, or forward and backward side by side where the schedule runs them so
 * @param forwardSeconds F alone, in s
 * @param backwardSeconds B alone, weight gradients included, in s
 * @param weightGradientSeconds W in s
 */
public record StagePasses(
    double seconds, double forwardSeconds, double backwardSeconds, double weightGradientSeconds) {}
