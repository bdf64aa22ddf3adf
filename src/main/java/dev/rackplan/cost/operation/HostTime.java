package dev.rackplan.cost.operation;

import dev.rackplan.law.Norm;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.Training;

/**
 * Time in which the host launches the kernels of a layer's passes where no CUDA graph does.
 *
 * <p>Host and GPU run side by side: the longer of the two shows, and near a tie a little more,
 * since neither is always ahead: {@code |device, host|_4}. A MoE layer without a graph waits for
 * the host to read how many tokens each expert gets: {@code |device, host|_1.5}. Kernels of a
 * forward pass, counted from Megatron's eager layers; the backward pass launches twice as many.
 * Grouped products are launched one expert after another (Transformer Engine's {@code
 * multi_stream_cublas_gemm}), and so are the casts of each expert's tokens and gradients ({@code
 * split_quantize}). Seconds a launch: fitted to one source (docs/decisions/0027), where PyTorch's
 * dispatcher, its autograd and Megatron's Python take them; replayed graphs take 1/10.
 */
public final class HostTime {
  /** Of one kernel that PyTorch launches eagerly. */
  public static final double SECONDS_PER_LAUNCH = 20e-6;

  private static final double OF_A_GRAPH = 0.1;
  private static final double DENSE_LAUNCHES = 35;
  private static final double EXPERT_LAUNCHES = 35;
  private static final double SCORE_LAUNCHES = 8;
  private static final double TENSOR_LAUNCHES = 4;
  private static final double UNFUSED_LAUNCHES = 30;
  private static final double BACKWARD_LAUNCHES = 2;
  // Latent projections, their norm, positions apart, and putting heads together: operations that
  // Megatron-Core's layer has more than one with grouped queries (docs/decisions/0044).
  private static final double LATENT_LAUNCHES = 20;
  // Two products of each expert on a GPU, whose inputs are cast for each.
  private static final double EXPERT_PRODUCTS = 2;
  // The largest value, the scale, the cast; scales of blocks come with the cast.
  private static final double TENSOR_CASTS = 3;
  private static final double BLOCK_CASTS = 1;
  // A product with its scores and a sum for each expert (TEGroupedMLP._apply_bias).
  private static final double BIAS_LAUNCHES = 2;
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

  private final Problem problem;
  private final Layout layout;
  private final Layer layer;
  private final Training training;

  public HostTime(Problem problem, Layout layout, Layer layer) {
    this.problem = problem;
    this.layout = layout;
    this.layer = layer;
    this.training = layout.training(problem.workload()).orElseThrow();
  }

  /** Of one forward pass, in s. */
  public double forwardSeconds() {
    return (mixerLaunches() + expertLaunches(expertProducts())) * SECONDS_PER_LAUNCH;
  }

  /** Of one backward pass, in s. */
  public double backwardSeconds() {
    double repeats = training.repeatsOperations() ? 1 : RepeatedLayers.share(problem, layout);
    double again =
        REGION_LAUNCHES * regions() * SECONDS_PER_LAUNCH * ofGraph(layer.ffn() instanceof MoeFfn);
    // Gradients of inputs and weights read the same cast gradient.
    double own =
        BACKWARD_LAUNCHES * (mixerLaunches() + expertLaunches(expertProducts()))
            - expertLaunches(casts());
    return own * SECONDS_PER_LAUNCH + repeats * forwardSeconds() + again;
  }

  /** What a pass takes longer than its {@code device} seconds where its host takes {@code host}. */
  public double waitSeconds(double device, double host) {
    boolean counts = layer.ffn() instanceof MoeFfn && !training.runtime().replays(true);
    return Norm.of(counts ? WAITING_NORM : NORM, device, host) - device;
  }

  private double mixerLaunches() {
    double launches = DENSE_LAUNCHES;
    launches += layer.attention() instanceof LatentAttention ? LATENT_LAUNCHES : 0;
    launches += layer.streams() > 1 ? HyperConnections.LAUNCHES : 0;
    launches += training.fusedAttention() ? 0 : SCORE_LAUNCHES;
    launches += training.runtime().elementwise() == ElementwiseKernels.FUSED ? 0 : UNFUSED_LAUNCHES;
    launches += layout.attentionTensorParallel() > 1 ? TENSOR_LAUNCHES : 0;
    return launches * ofGraph(false)
        + (layer.ffn() instanceof MoeFfn ? EXPERT_LAUNCHES * ofGraph(true) : 0);
  }

  // So many launches for each expert on a GPU.
  private double expertLaunches(double each) {
    if (!(layer.ffn() instanceof MoeFfn moe)) {
      return 0;
    }
    double slots = moe.experts() + layout.redundantExperts();
    return each * slots / layout.expertHostCount() * ofGraph(true);
  }

  private double expertProducts() {
    boolean bias = layer.ffn() instanceof MoeFfn moe && moe.hasBias();
    return EXPERT_PRODUCTS + casts() + (bias ? BIAS_LAUNCHES : 0);
  }

  private double casts() {
    Dtype dtype = problem.precision().experts(layer);
    if (dtype.operandBits() >= Dtype.BF16.operandBits()) {
      return 0;
    }
    boolean blocks = dtype == Dtype.MXFP8 || dtype == Dtype.FP8_BLOCK;
    return EXPERT_PRODUCTS * (blocks ? BLOCK_CASTS : TENSOR_CASTS);
  }

  // What is left of launches; of routed experts or of the rest of a layer.
  private double ofGraph(boolean experts) {
    return training.runtime().replays(experts) ? OF_A_GRAPH : 1;
  }

  // Parts of a layer that are checkpointed each for itself, where a framework names them.
  private double regions() {
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
}
