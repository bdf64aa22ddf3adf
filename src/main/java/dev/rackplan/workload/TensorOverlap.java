package dev.rackplan.workload;

/** Which collectives of tensor parallelism run beside products. */
public enum TensorOverlap {
  /** None. */
  NONE,
  /**
   * In the backward pass those of column-parallel products, beside weight gradients: Megatron's
   * default ({@code LinearWithGradAccumulationAndAsyncCommunication}).
   */
  BACKWARD,
  /** Nearly all, in pieces: Transformer Engine's user buffers ({@code tp_comm_overlap}). */
  ALL
}
