package dev.rackplan.cost;

import java.util.Optional;

/**
 * Time of one layer on one stage for one micro-batch, term by term, in s; in training of its
 * forward and backward pass together.
 *
 * @param attention slowest GPU's token mixer
 * @param ffn slowest GPU's dense FFN or experts
 * @param tensorParallelSeconds all-reduces inside attention ranks
 * @param dispatchSeconds activations to experts
 * @param combineSeconds results back
 * @param overheadSeconds launches and kernels that only move activations; not hidden by overlap
 * @param seconds the layer, every term in its place: a sum, or with two-batch overlap the longer of
 *     compute and communication, and the overhead
 * @param training forward and backward pass apart, in training
 */
public record LayerCost(
    Roof attention,
    Roof ffn,
    double tensorParallelSeconds,
    double dispatchSeconds,
    double combineSeconds,
    double overheadSeconds,
    double seconds,
    Optional<LayerTraining> training) {

  /** A layer of inference. */
  static LayerCost of(
      Roof attention,
      Roof ffn,
      double tensorParallelSeconds,
      double dispatchSeconds,
      double combineSeconds,
      double overheadSeconds,
      boolean overlap) {
    double compute = attention.seconds() + ffn.seconds() + tensorParallelSeconds;
    double network = dispatchSeconds + combineSeconds;
    return new LayerCost(
        attention,
        ffn,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overheadSeconds,
        (overlap ? Math.max(compute, network) : compute + network) + overheadSeconds,
        Optional.empty());
  }

  /**
   * This layer in training: element-wise work beside its other compute.
   *
   * @param overlap whether the network of one pass hides behind the compute of another
   */
  LayerCost inTraining(LayerTraining added, boolean overlap) {
    double compute =
        attention.seconds() + ffn.seconds() + tensorParallelSeconds + added.elementwiseSeconds();
    double network = dispatchSeconds + combineSeconds;
    return new LayerCost(
        attention,
        ffn,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overheadSeconds,
        overlap ? Math.max(compute, network) : compute + network,
        Optional.of(added));
  }
}
