package dev.rackplan.workload;

/**
 * How a framework runs the operations of a training step.
 *
 * @param tensorOverlap which collectives of tensor parallelism run beside products
 * @param graphs whether layers are replayed from CUDA graphs; else the host launches each kernel
 * @param elementwise how norms, rotary positions and activation functions run
 * @param gathersAhead whether the updated weights of sharded optimizers are gathered beside the
 *     next forward pass ({@code overlap_param_gather})
 */
public record TrainingRuntime(
    TensorOverlap tensorOverlap,
    boolean graphs,
    ElementwiseKernels elementwise,
    boolean gathersAhead) {
  /** Megatron's defaults. */
  public static final TrainingRuntime USUAL =
      new TrainingRuntime(TensorOverlap.BACKWARD, false, ElementwiseKernels.FUSED, false);
}
