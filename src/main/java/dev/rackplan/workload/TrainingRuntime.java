package dev.rackplan.workload;

import java.util.Set;

/**
 * How a framework runs the operations of a training step.
 *
 * @param tensorOverlap which collectives of tensor parallelism run beside products
 * @param attention which kernel computes fused attention
 * @param graphs whether layers are replayed from CUDA graphs; else the host launches each kernel
 * @param eagerExperts whether routed experts stay outside of these graphs
 * @param elementwise how norms, rotary positions and activation functions run
 * @param gathersAhead whether the updated weights of sharded optimizers are gathered beside the
 *     next forward pass ({@code overlap_param_gather})
 * @param loss how the cross-entropy loss is computed
 * @param widensGradients whether gradients are widened to FP32 and all-reduced whole before each
 *     rank updates its part; else reduced as they are, to the rank that updates them
 * @param overlapsExperts whether tokens travel to experts and back beside the work of another
 *     micro-batch (Megatron's {@code overlap_moe_expert_parallel_comm})
 * @param broadcastsWeights whether each rank broadcasts the weights that it updated, one rank after
 *     another (InternEvo); else all are gathered at once
 * @param gathersSingly whether ZeRO 3 gathers each product's weights for itself, as a list of parts
 *     that the host copies one by one while the GPU waits (DeepSpeed before November 2021); else
 *     whole layers beside the passes before
 * @param hostOptimizer share of the weights whose moments the host holds and that it updates, in
 *     [0, 1]; master weights stay on the GPU
 * @param hostActivations share of the activations that the host holds between the passes, in [0, 1]
 *     (Transformer Engine's offload of layers)
 * @param updateBytes of each weight that a rank updates, held only while the optimizer runs, when
 *     activations are gone: copies of gradients, temporaries
 * @param modules what {@link Recompute#SELECTIVE} computes again; empty = what it says
 */
public record TrainingRuntime(
    TensorOverlap tensorOverlap,
    AttentionKernel attention,
    boolean graphs,
    boolean eagerExperts,
    ElementwiseKernels elementwise,
    boolean gathersAhead,
    LossKernel loss,
    boolean widensGradients,
    boolean overlapsExperts,
    boolean broadcastsWeights,
    boolean gathersSingly,
    double hostOptimizer,
    double hostActivations,
    double updateBytes,
    Set<RecomputedModule> modules) {
  /** Megatron's defaults. */
  public static final TrainingRuntime USUAL =
      new TrainingRuntime(
          TensorOverlap.BACKWARD,
          AttentionKernel.NATIVE,
          false,
          false,
          ElementwiseKernels.FUSED,
          false,
          LossKernel.DIVIDED,
          false,
          false,
          false,
          false,
          0,
          0,
          0,
          Set.of());

  public TrainingRuntime {
    if (!(hostOptimizer >= 0 && hostOptimizer <= 1)) {
      throw new IllegalArgumentException("hostOptimizer must be in [0, 1], was " + hostOptimizer);
    }
    if (!(hostActivations >= 0 && hostActivations <= 1)) {
      throw new IllegalArgumentException(
          "hostActivations must be in [0, 1], was " + hostActivations);
    }
    if (!(updateBytes >= 0) || Double.isInfinite(updateBytes)) {
      throw new IllegalArgumentException("updateBytes must be >= 0, was " + updateBytes);
    }
    modules = Set.copyOf(modules);
  }

  /** The same whose host holds the moments of another share of the weights. */
  public TrainingRuntime withHostOptimizer(double share) {
    return new TrainingRuntime(
        tensorOverlap,
        attention,
        graphs,
        eagerExperts,
        elementwise,
        gathersAhead,
        loss,
        widensGradients,
        overlapsExperts,
        broadcastsWeights,
        gathersSingly,
        share,
        hostActivations,
        updateBytes,
        modules);
  }

  /** Whether a layer's whole passes are replayed; with routed experts these, too. */
  public boolean replays(boolean experts) {
    return graphs && !(experts && eagerExperts);
  }
}
