package dev.rackplan.cost;

import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;

/**
 * How often the work of one forward pass is done for one micro-batch: once in inference; in
 * training, the backward pass takes each matrix product twice (gradients of inputs and of weights),
 * attention scores twice, and sends the same activations again; layers that are computed again add
 * one of each. Scores that a fused kernel or selective recomputation computes again add one, too.
 *
 * <p>Source: Korthikanti et al. 2022, FlashAttention 2 (Dao 2023) for fused kernels.
 *
 * @param products products with weights, and reading these
 * @param scores attention scores
 * @param network all-reduces, dispatch and combine
 * @param elementwise norms, residuals and activation functions: once, and 1.5 times backward, which
 *     reads two tensors and writes one where the forward pass reads one
 * @param scoreElementwise the same of softmax and its dropout, where scores are written out
 */
record PassCounts(
    double products, double scores, double network, double elementwise, double scoreElementwise) {
  static final PassCounts INFERENCE = new PassCounts(1, 1, 1, 0, 0);
  private static final double BACKWARD_ELEMENTWISE = 1.5;

  static PassCounts of(Training training) {
    int again = training.repeatsLayers() ? 1 : 0;
    boolean coreAgain = training.repeatsCore();
    int pointsAgain = again > 0 || training.recompute() == Recompute.POINTWISE ? 1 : 0;
    int scoresAgain = again + (training.fusedAttention() || coreAgain ? 1 : 0);
    double written =
        training.fusedAttention() ? 0 : 1 + BACKWARD_ELEMENTWISE + again + (coreAgain ? 1 : 0);
    return new PassCounts(
        3 + again, 3 + scoresAgain, 2 + again, 1 + BACKWARD_ELEMENTWISE + pointsAgain, written);
  }
}
