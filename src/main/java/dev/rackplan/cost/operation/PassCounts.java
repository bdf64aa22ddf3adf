package dev.rackplan.cost.operation;

import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;

/**
 * How often the work of one forward pass is done for one micro-batch: once in inference; in
 * training, the backward pass takes each matrix product twice (gradients of inputs and of weights)
 * and sends the same activations again; layers that are computed again add one of each.
 *
 * <p>Source: Korthikanti et al. 2022; what of tensor parallelism's collectives stays visible:
 * {@link TensorOverlap}.
 *
 * @param products products of experts, and reading their weights
 * @param network dispatch and combine
 * @param tensor collectives of tensor parallelism, as far as no product hides them
 */
public record PassCounts(double products, double network, double tensor) {
  public static final PassCounts INFERENCE = new PassCounts(1, 1, 1);
  // Of four collectives of a layer's backward pass, the two of column-parallel products run beside
  // weight gradients.
  private static final double VISIBLE_BACKWARD = 0.5;
  // Fitted: what user buffers leave visible (docs/decisions/0027).
  public static final double VISIBLE_IN_PIECES = 0.4;

  /**
   * Of a layer.
   *
   * @param again share of its forward pass that the backward pass does again as a whole
   */
  public static PassCounts of(Training training, double again) {
    double tensor =
        switch (training.runtime().tensorOverlap()) {
          case NONE -> 2 + again;
          case BACKWARD -> 1 + VISIBLE_BACKWARD + again;
          case ALL -> VISIBLE_IN_PIECES * (1 + VISIBLE_BACKWARD + again);
        };
    double experts = training.repeatsLayers() || !training.repeatsExperts() ? again : 1;
    return new PassCounts(3 + experts, 2 + experts, tensor);
  }
}
