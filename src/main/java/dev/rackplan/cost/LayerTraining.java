package dev.rackplan.cost;

/**
 * The passes of a layer in training, for one micro-batch, in s; nothing hidden.
 *
 * @param forwardSeconds the forward pass alone
 * @param backwardSeconds the backward pass alone
 * @param weightGradientSeconds the part of it that computes weight gradients
 */
public record LayerTraining(
    double forwardSeconds, double backwardSeconds, double weightGradientSeconds) {}
