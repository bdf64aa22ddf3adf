package dev.rackplan.cost.operation;

/**
 * The passes of a layer in training, for one micro-batch, in s; nothing hidden.
 *
 * @param forwardSeconds the forward pass alone
 * @param backwardSeconds the backward pass alone
 * @param weightGradientSeconds the part of it that computes weight gradients
 */
public record LayerTraining(
    double forwardSeconds, double backwardSeconds, double weightGradientSeconds) {
  /** Both together in so many seconds, each its part of them. */
  public LayerTraining lasting(double seconds) {
    double share = seconds / (forwardSeconds + backwardSeconds);
    return new LayerTraining(
        share * forwardSeconds, share * backwardSeconds, share * weightGradientSeconds);
  }
}
