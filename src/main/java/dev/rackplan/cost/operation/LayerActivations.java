package dev.rackplan.cost.operation;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;

/**
 * Bytes that one micro-batch of a layer leaves on the fullest GPU for its backward pass.
 *
 * <p>A token, α bytes an element of a product's input: norms' inputs {@code 2·2h}, the inputs of
 * mixer and FFN {@code 2α·h}, two dropout masks {@code 2h}, the mixer's {@link
 * dev.rackplan.model.Attention#keptElements} in 16 bits at least, since the core is computed so,
 * the inner width of the FFN {@code P/h} (two thirds of it into the activation function, in 16
 * bits; one third out of it); scores {@code 5·H·c} where a kernel writes them and nothing computes
 * them again. For a GPT layer with α = 2 this is 34·h + 5·a·s, as Korthikanti et al. 2022 count it;
 * models without dropout have 2h less. Experts keep for each of k copies what they were sent,
 * {@code α·width}, which all GPUs that slice an expert have, and their inner width. What is
 * computed again ({@link Training}) is not kept.
 *
 * <p>Tensor parallelism divides all of it with sequence parallelism, else all except norms, masks
 * and inputs ({@code 10h}). Where no framework gathers them again in the backward pass, as
 * Megatron's {@code LinearWithGradAccumulationAndAsyncCommunication} does, inputs stay gathered.
 *
 * <p>Left out: uneven load of experts, temporary buffers of kernels.
 */
public final class LayerActivations {
  private static final double NORM_BYTES = 2 * 2;
  private static final double MASK_BYTES = 2;
  // Of norms that go through FP32 operation by operation, both norms' casts and products.
  private static final double UNFUSED_BYTES = 16;
  private static final double MATRICES = 3;
  private static final double SCORE_BYTES = 5;
  // A gated FFN's two inner tensors, not their product.
  private static final double INNER_KEPT = 2.0 / 3;
  // Of products, operation by operation.
  private static final double PRODUCTS_KEPT = 0.5;

  private final Layout layout;
  private final Training training;
  private final Batch batch;
  private final int hidden;
  private final double element;
  private final double wide;

  public LayerActivations(int hiddenSize, Layout layout, Training training, Batch batch) {
    this.layout = layout;
    this.training = training;
    this.batch = batch;
    this.hidden = hiddenSize;
    this.element = training.activations().bytes();
    this.wide = Math.max(element, Dtype.BF16.bytes());
  }

  /**
   * What stays until the backward pass.
   *
   * @param again whether it is one of the layers that are computed again as a whole
   */
  public double keptBytes(Layer layer, boolean again) {
    if (again) {
      return 2.0 * layer.streams() * hidden * batch.tokensPerRank() / residualShards();
    }
    if (training.repeatsLayers()) {
      return bytes(layer, true);
    }
    if (training.repeatsOperations()) {
      return operationBytes(layer);
    }
    return bytes(layer, false);
  }

  /** What comes and goes beside it while a layer's products are computed again. */
  public double againBytes(Layer layer) {
    if (training.repeatsLayers()) {
      return bytes(layer, true);
    }
    return training.repeatsProducts()
        ? Math.max(0, bytes(layer, true) - keptBytes(layer, false))
        : 0;
  }

  /** What {@code layers} of them keep of several residual streams. */
  public double keptStreamBytes(Layer layer, int layers) {
    return streams(layer).keptBytes(layers) * batch.tokensPerRank() / residualShards();
  }

  /** What comes and goes while streams are mixed again. */
  public double streamBytesAgain(Layer layer, int layers) {
    return streams(layer).againBytes(layers) * batch.tokensPerRank() / residualShards();
  }

  private HyperConnections streams(Layer layer) {
    return new HyperConnections(layer.streams(), hidden);
  }

  private double residualShards() {
    return residualShards(training, layout);
  }

  /** GPUs among which sequence parallelism divides a rank's residual streams. */
  static int residualShards(Training training, Layout layout) {
    return training.sequenceParallel() ? layout.attentionTensorParallel() : 1;
  }

  private double inputShards() {
    return training.runtime().tensorOverlap() == TensorOverlap.NONE ? 1 : residualShards();
  }

  private double bytes(Layer layer, boolean whole) {
    boolean fused = training.runtime().elementwise() != ElementwiseKernels.SINGLE;
    boolean norms = !whole && training.repeatsNorms();
    double residual = NORM_BYTES + (fused ? 0 : UNFUSED_BYTES);
    residual += norms || training.fusedAttention() ? 0 : MASK_BYTES;
    double inputs = norms ? 0 : 2 * element;
    double perToken =
        hidden * (residual / residualShards() + inputs / inputShards())
            + mixerBytes(layer, whole) / layout.attentionTensorParallel();
    if (layer.ffn() instanceof DenseFfn dense && (whole || !training.repeatsFfns())) {
      double width = dense.parameters() / (double) hidden;
      perToken +=
          (ffnBytes(width, !whole && training.repeatsActivations(false))
                  + (fused ? 0 : element * width / MATRICES))
              / layout.attentionTensorParallel();
    }
    double bytes = perToken * batch.tokensPerRank();
    return layer.ffn() instanceof MoeFfn moe
        ? bytes + expertBytes(moe, whole) * batch.tokensPerGpu()
        : bytes;
  }

  private double mixerBytes(Layer layer, boolean whole) {
    boolean latents = !whole && training.repeatsLatents();
    double format = layer.attention() instanceof LatentAttention && latents ? element : wide;
    double bytes = format * layer.attention().keptElements(hidden, latents);
    boolean scores = !training.fusedAttention() && (whole || !training.repeatsCore());
    return scores ? bytes + SCORE_BYTES * layer.attention().scores(batch.attendedTokens()) : bytes;
  }

  // Of a width of all matrices together.
  private double ffnBytes(double width, boolean activationsAgain) {
    return activationsAgain
        ? INNER_KEPT * element * width
        : (INNER_KEPT * wide + (1 - INNER_KEPT) * element) * width;
  }

  private double expertBytes(MoeFfn moe, boolean whole) {
    boolean activations = !whole && training.repeatsActivations(true);
    double bytes = 0;
    if (whole || !training.repeatsExperts()) {
      bytes +=
          moe.expertsPerToken()
              * (element * moe.tokenWidth() * layout.expertTensorParallel()
                  + ffnBytes((double) moe.parametersPerExpert() / moe.tokenWidth(), activations));
    }
    if (whole || !training.repeatsSharedExperts()) {
      bytes += ffnBytes((double) moe.sharedParameters() / hidden, activations);
    }
    return bytes;
  }

  // Every second product's output and the core's, beside the layer's input; in 16 bits, since
  // casts to FP8 are operations, too.
  private double operationBytes(Layer layer) {
    double mixer = layer.attention().keptElements(hidden, false);
    double core =
        layer.attention() instanceof GroupedQueryAttention grouped
            ? (double) grouped.queryHeads() * grouped.headDimension()
            : mixer / 2;
    double outputs = mixer - core + hidden;
    if (layer.ffn() instanceof DenseFfn dense) {
      outputs += INNER_KEPT * dense.parameters() / hidden + hidden;
    }
    double perToken = (PRODUCTS_KEPT * outputs + core) / layout.attentionTensorParallel();
    double bytes =
        Dtype.BF16.bytes() * (perToken + hidden / residualShards()) * batch.tokensPerRank();
    return layer.ffn() instanceof MoeFfn moe
        ? bytes + PRODUCTS_KEPT * expertBytes(moe, true) * batch.tokensPerGpu()
        : bytes;
  }
}
