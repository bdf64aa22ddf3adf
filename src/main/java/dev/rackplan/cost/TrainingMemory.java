package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.function.IntUnaryOperator;

/**
 * What training holds on a GPU beside weights: gradients, optimizer state, activations.
 *
 * <p>Activations of one layer and token, α bytes an element kept: norms and the inputs of mixer and
 * FFN {@code (2·2 + 2α)·h}, two dropout masks {@code 2h}, the mixer's {@link
 * dev.rackplan.model.Attention#keptElements}, the inner width of the FFN {@code α·P/h} in and out
 * of its activation function; scores {@code 5·H·c} where a kernel writes them and nothing
 * recomputes them. For a GPT layer with α = 2 this is 34·h + 5·a·s, as Korthikanti et al. 2022
 * count it; models without dropout have 2h less. Experts keep for each of k copies what they were
 * sent, {@code α·width}, and their inner width. Tensor parallelism divides all of it with sequence
 * parallelism, else all but norms, masks and inputs ({@code 10h}). With norms and activation
 * functions computed again only the norms' inputs, {@code 4h}, and two of a gated FFN's three inner
 * tensors stay.
 *
 * <p>Left out: uneven load of experts, temporary buffers of kernels.
 */
final class TrainingMemory {
  private static final double NORM_BYTES = 2 * 2;
  private static final double MASK_BYTES = 2;
  // Of norms that go through FP32 operation by operation, both norms' casts and products.
  private static final double UNFUSED_BYTES = 16;
  private static final double MATRICES = 3;
  // Logits in BF16 and in FP32, their exponentials and the gradient in FP32: Megatron's cross
  // entropy.
  private static final double LOGIT_BYTES = 2 + 4 + 4 + 4;
  // The layer at work and the next, whose weights are fetched ahead.
  private static final double GATHERED_LAYERS = 2;
  private static final double SCORE_BYTES = 5;
  // A gated FFN's two inner tensors, not their product.
  private static final double INNER_KEPT = 2.0 / 3;

  private final Problem problem;
  private final Layout layout;
  private final Training training;
  private final Batch batch;

  TrainingMemory(Problem problem, Layout layout) {
    this.problem = problem;
    this.layout = layout;
    this.training = layout.training(problem.workload()).orElseThrow();
    this.batch = Batch.of(problem, layout);
  }

  /** Copies of each weight on a GPU: both ends of the pipeline have their own in DualPipe. */
  double weightCopies() {
    return training.schedule() == PipelineSchedule.DUAL_PIPE ? 2 : 1;
  }

  /** Bytes of gradients of so many weights. */
  double gradientBytes(double parameters) {
    int group = training.sharding().gradients() ? shardGroup() : 1;
    return weightCopies() * parameters * training.gradients().bytes() / group;
  }

  /**
   * Bytes of optimizer state of a GPU.
   *
   * @param shared weights in elements that all data-parallel ranks of the stage hold
   * @param experts weights in elements that only other replicas hold
   */
  double optimizerBytes(double shared, double experts) {
    return training.optimizerBytesPerParameter() * ownedParameters(shared, experts);
  }

  /** Weights in elements that this GPU updates. */
  double ownedParameters(double shared, double experts) {
    if (!training.shardedOptimizer()) {
      return weightCopies() * (shared + experts);
    }
    int all = sharedRanks();
    double fewer = all / (double) training.sharding().groupOf(all);
    return shared / all * fewer + experts / layout.replicas();
  }

  /** Number format that the problem gives weights. */
  Dtype weights() {
    return problem.precision().weights();
  }

  /** The same of experts. */
  Dtype expertWeights() {
    return problem.precision().experts();
  }

  /** Weights stay in 16 bits where products narrow them: so many times their own bytes. */
  double widened(Dtype dtype) {
    return Math.max(1, Dtype.BF16.bytes() / dtype.bytes());
  }

  /** What of its weights a GPU holds between their uses. */
  double weightShare() {
    return training.sharding().weights() ? 1.0 / shardGroup() : 1;
  }

  private int shardGroup() {
    return training.sharding().groupOf(sharedRanks());
  }

  /** GPUs that hold the same part of attention, dense FFNs, shared experts and embedding. */
  int sharedRanks() {
    return layout.replicas() * layout.attentionRanks() * layout.prefillContextParallel();
  }

  /**
   * Micro-batches whose activations stage {@code stage} holds at most: P - s in 1F1B, P in ZB-H1, P
   * + 1 in DualPipe, and interleaved (2(P-1-s) + (v-1)P + 1)/v.
   */
  double microBatchesHeld(int stage) {
    int stages = layout.pipelineStages();
    int chunks = training.virtualStages();
    double held =
        switch (training.schedule()) {
          case ONE_FORWARD_ONE_BACKWARD -> stages - stage;
          case INTERLEAVED ->
              chunks == 1
                  ? stages - stage
                  : (2.0 * (stages - 1 - stage) + (chunks - 1.0) * stages + 1) / chunks;
          case ZERO_BUBBLE -> stages;
          case DUAL_PIPE -> stages + 1;
        };
    return Math.min(held, layout.microBatches());
  }

  /** Bytes of layers {@code first..last} that wait for the backward pass on stage {@code stage}. */
  double activationBytes(int stage, int first, int last) {
    if (training.reversible()) {
      return 0;
    }
    double bytes = 0;
    for (int l = first; l <= last; l++) {
      bytes +=
          training.recompute() == Recompute.FULL
              ? 2.0 * problem.model().hiddenSize() * batch.tokensPerRank() / residualShards()
              : layerBytes(l);
    }
    return bytes * microBatchesHeld(stage);
  }

  /**
   * Bytes of what comes and goes: the largest layer that is computed again or the last stage's
   * logits, and layers whose weights are gathered.
   *
   * @param routed weights in elements of the stage's experts on a GPU
   */
  double workingBytes(int stage, int first, int last, double routed) {
    double most = 0;
    for (int l = first; l <= last && training.repeatsLayers(); l++) {
      most = Math.max(most, layerBytes(l));
    }
    boolean head = stage == layout.pipelineStages() - 1;
    double logits =
        head
            ? LOGIT_BYTES
                * batch.tokensPerRank()
                * problem.model().embeddingParameters()
                / problem.model().hiddenSize()
                / layout.attentionTensorParallel()
            : 0;
    double gathered =
        training.sharding().weights()
            ? GATHERED_LAYERS
                * Dtype.BF16.bytes()
                * (sharedParameters(first, last) + routed)
                / (last - first + 1)
            : 0;
    return Math.max(most, logits) + gathered;
  }

  private double residualShards() {
    return training.sequenceParallel() ? layout.attentionTensorParallel() : 1;
  }

  /** Bytes that one micro-batch leaves on the fullest GPU in layer {@code index}. */
  double layerBytes(int index) {
    Layer layer = problem.model().layers().get(index);
    int hidden = problem.model().hiddenSize();
    double element = training.activations().bytes();
    boolean coreRecomputed = training.repeatsCore();
    boolean pointwise = training.recompute() == Recompute.POINTWISE;
    double inner = element * layer.attention().keptElements(hidden, coreRecomputed);
    double ffn = pointwise ? INNER_KEPT * element : element;
    boolean fused = training.runtime().elementwise() != ElementwiseKernels.SINGLE;
    double perHidden = pointwise ? NORM_BYTES : NORM_BYTES + 2 * element;
    perHidden += pointwise || training.fusedAttention() ? 0 : MASK_BYTES;
    perHidden += fused ? 0 : UNFUSED_BYTES;
    double residual = perHidden * hidden / residualShards();
    if (layer.ffn() instanceof DenseFfn dense) {
      inner += ffn * dense.parameters() / hidden;
      inner += fused ? 0 : element * dense.parameters() / MATRICES / hidden;
    }
    if (!training.fusedAttention() && !coreRecomputed) {
      inner += SCORE_BYTES * layer.attention().scores(batch.attendedTokens());
    }
    double bytes = (residual + inner / layout.attentionTensorParallel()) * batch.tokensPerRank();
    if (layer.ffn() instanceof MoeFfn moe) {
      double perChoice =
          element * moe.tokenWidth() + ffn * moe.parametersPerExpert() / moe.tokenWidth();
      double shared = ffn * moe.sharedParameters() / hidden;
      bytes += (moe.expertsPerToken() * perChoice + shared) * batch.tokensPerGpu();
    }
    return bytes;
  }

  /** Weights in elements on the fullest GPU that every data-parallel rank holds. */
  double sharedParameters(int first, int last) {
    int degree = layout.attentionTensorParallel();
    int layers = problem.model().layers().size();
    double parameters = 0;
    for (int l = first; l <= last; l++) {
      Layer layer = problem.model().layers().get(l);
      parameters += layer.attention().parameters() / (double) degree + layer.otherParameters();
      if (layer.ffn() instanceof DenseFfn dense) {
        parameters += dense.parameters() / (double) degree;
      }
      if (layer.ffn() instanceof MoeFfn moe) {
        parameters += MoeShard.of(moe, layout, problem).alwaysParameters();
      }
    }
    boolean one = problem.model().tiedEmbeddings() && first == 0 && last == layers - 1;
    int tables = (first == 0 ? 1 : 0) + (last == layers - 1 && !one ? 1 : 0);
    double input = first == 0 ? problem.model().input().parameters() : 0;
    return parameters + (tables * (double) problem.model().embeddingParameters() + input) / degree;
  }

  /** Weights in elements of routed experts on the fullest GPU. */
  double expertParameters(int first, int last, IntUnaryOperator slotsOfLayer) {
    double parameters = 0;
    for (int l = first; l <= last; l++) {
      if (problem.model().layers().get(l).ffn() instanceof MoeFfn moe) {
        int slots = layout.dealt(slotsOfLayer.applyAsInt(l)).mostSlotsPerGpu();
        parameters += slots * MoeShard.of(moe, layout, problem).expertParameters();
      }
    }
    return parameters;
  }
}
