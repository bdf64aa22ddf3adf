package dev.rackplan.cost;

/**
 * What training adds to a layer's cost for one micro-batch, in s.
 *
 * @param elementwiseSeconds norms, residuals, activation functions and unfused softmax, both passes
 * @param forwardSeconds the forward pass alone, nothing hidden
 * @param backwardSeconds the backward pass alone, nothing hidden
 * @param weightGradientSeconds the part of it that computes weight gradients
 */
public record LayerTraining(
    double elementwiseSeconds,
    double forwardSeconds,
    double backwardSeconds,
    double weightGradientSeconds) {
  static final LayerTraining NONE = new LayerTraining(0, 0, 0, 0);
}
