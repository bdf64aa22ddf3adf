package dev.rackplan.cost;

import dev.rackplan.law.Norm;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.Training;

/**
 * Time in which the host launches the kernels of a layer's passes where no CUDA graph does.
 *
 * <p>Host and GPU run side by side: the longer of the two shows, and near a tie a little more,
 * since neither is always ahead: {@code |device, host|_4}. A MoE layer without a graph waits for
 * the host to read how many tokens each expert gets: {@code |device, host|_1.5}. Kernels of a
 * forward pass, counted from Megatron's eager layers; the backward pass launches twice as many.
 * Seconds a launch: fitted to one source (docs/decisions/0027), where PyTorch's dispatcher, its
 * autograd and Megatron's Python take them; replayed graphs take 1/10.
 */
final class HostTime {
  private static final double SECONDS_PER_LAUNCH = 20e-6;
  private static final double OF_A_GRAPH = 0.1;
  private static final double DENSE_LAUNCHES = 35;
  private static final double EXPERT_LAUNCHES = 35;
  private static final double SCORE_LAUNCHES = 8;
  private static final double TENSOR_LAUNCHES = 4;
  private static final double UNFUSED_LAUNCHES = 30;
  private static final double BACKWARD_LAUNCHES = 2;
  // A checkpointed part sets the generators' state back and runs its kernels under autograd once
  // more. Chosen by looking at one source's six runs (docs/decisions/0031).
  private static final double REGION_LAUNCHES = 25;
  private static final double NORMS = 2;
  // Projections, norms and positions of queries, keys and values.
  private static final double LATENT_REGIONS = 1.5;
  // Router, dispatch, experts and combine.
  private static final double EXPERT_REGIONS = 2;
  private static final double NORM = 4;
  // Tokens are counted on the host before they are sent: it can't run ahead.
  private static final double WAITING_NORM = 1.5;

  private HostTime() {}

  /** Of one forward pass, in s. */
  static double forwardSeconds(Layer layer, Training training, Layout layout) {
    double launches = DENSE_LAUNCHES;
    launches += training.fusedAttention() ? 0 : SCORE_LAUNCHES;
    launches += training.runtime().elementwise() == ElementwiseKernels.FUSED ? 0 : UNFUSED_LAUNCHES;
    launches += layout.attentionTensorParallel() > 1 ? TENSOR_LAUNCHES : 0;
    double experts = layer.ffn() instanceof MoeFfn ? EXPERT_LAUNCHES : 0;
    return (launches * ofGraph(training, false) + experts * ofGraph(training, true))
        * SECONDS_PER_LAUNCH;
  }

  // What is left of launches; of routed experts or of the rest of a layer.
  private static double ofGraph(Training training, boolean experts) {
    return training.runtime().replays(experts) ? OF_A_GRAPH : 1;
  }

  /** Of one backward pass, in s. */
  static double backwardSeconds(Layer layer, Training training, Layout layout) {
    boolean repeats = training.repeatsLayers() || training.repeatsOperations();
    double again =
        REGION_LAUNCHES
            * regions(layer, training)
            * SECONDS_PER_LAUNCH
            * ofGraph(training, layer.ffn() instanceof MoeFfn);
    return forwardSeconds(layer, training, layout) * (BACKWARD_LAUNCHES + (repeats ? 1 : 0))
        + again;
  }

  // Parts of a layer that are checkpointed each for itself, where a framework names them.
  private static double regions(Layer layer, Training training) {
    if (!training.namesModules()) {
      return 0;
    }
    boolean moe = layer.ffn() instanceof MoeFfn;
    boolean latent = layer.attention() instanceof LatentAttention;
    double regions = training.repeatsCore() ? 1 : 0;
    regions += training.repeatsLatents() && latent ? LATENT_REGIONS : 0;
    regions += training.repeatsNorms() ? NORMS : 0;
    regions += moe && training.repeatsActivations(true) ? 1 : 0;
    regions += training.repeatsExperts() && moe ? EXPERT_REGIONS : 0;
    return regions + (training.repeatsFfns() && !moe ? 1 : 0);
  }

  /** What a pass takes longer than its {@code device} seconds where its host takes {@code host}. */
  static double waitSeconds(Layer layer, Training training, double device, double host) {
    boolean counts = layer.ffn() instanceof MoeFfn && !training.runtime().replays(true);
    return Norm.of(counts ? WAITING_NORM : NORM, device, host) - device;
  }
}
