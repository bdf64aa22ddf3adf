package dev.rackplan.cost.operation;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.Training;

/**
 * Bytes that training's kernels between matrix products move in one forward pass.
 *
 * <p>A token, two bytes an element: two norms read and write h (8h), two residual additions read
 * two tensors and a dropout mask and write one (14h), the activation function reads and writes the
 * inner width, which is {@code 2·P/h} for plain and gated FFNs alike; experts also permute their
 * tokens twice (8 bytes an element sent), and twice more after plain all-to-all, which brings them
 * by sender and takes them back so (Megatron-Core's {@code sort_chunks_by_idxs}). Biases of
 * experts' second product are added expert by expert, times scores in FP32 (28 bytes an element:
 * product 4, sum 10, joined 8, narrowed 6; {@code TEGroupedMLP._apply_bias}). Operations that are
 * not fused ({@link dev.rackplan.workload.TrainingRuntime}) go through FP32: a norm is a cast, a
 * square, a mean, two products and a cast back, 38 bytes in place of 4; gated activation functions
 * take half as much again.
 *
 * <p>Several residual streams take {@link HyperConnections} in place of two additions.
 *
 * <p>Assumed: counted from Megatron's kernels and from a library's operations, not measured. Left
 * out: casts to FP8, which the laws of products hold.
 */
public final class ElementwiseTime {
  private static final double NORM_BYTES = 8;
  private static final double RESIDUAL_BYTES = 14;
  private static final double UNFUSED_BYTES = 68;
  private static final double UNFUSED_ACTIVATION = 1.5;
  private static final double PERMUTE_BYTES = 8;
  private static final double SORT_BYTES = 8;
  private static final double BIAS_BYTES = 28;

  private ElementwiseTime() {}

  /** On the fullest GPU. */
  public static double bytes(Layer layer, Problem problem, Batch batch, Layout layout) {
    Training training = layout.training(problem.workload()).orElseThrow();
    int hiddenSize = problem.model().hiddenSize();
    boolean fused = training.runtime().elementwise() == ElementwiseKernels.FUSED;
    int degree = layout.attentionTensorParallel();
    double activation = fused ? 1 : UNFUSED_ACTIVATION;
    HyperConnections streams = new HyperConnections(layer.streams(), hiddenSize);
    double norms = (NORM_BYTES + (fused ? 0 : UNFUSED_BYTES)) * hiddenSize;
    double residual =
        (norms + (streams.mixes() ? streams.movedBytes() : RESIDUAL_BYTES * hiddenSize))
            / LayerActivations.residualShards(training, layout);
    double bytes = residual * batch.tokensPerRank();
    if (layer.ffn() instanceof DenseFfn dense) {
      bytes += activation * 2.0 * dense.parameters() / hiddenSize / degree * batch.tokensPerRank();
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      double sent = PERMUTE_BYTES;
      sent += sorts(problem, layout, moe) ? SORT_BYTES * layout.expertTensorParallel() : 0;
      sent += moe.hasBias() && !training.runtime().replays(true) ? BIAS_BYTES : 0;
      bytes += expertBytesPerToken(moe, hiddenSize, sent) * batch.tokensPerGpu();
    }
    return bytes;
  }

  // Tokens for several experts of a GPU, from several senders.
  private static boolean sorts(Problem problem, Layout layout, MoeFfn moe) {
    return problem.engine().copyRule() == CopyRule.PER_EXPERT
        && layout.expertHostCount() > 1
        && moe.experts() > layout.expertHostCount();
  }

  private static double expertBytesPerToken(MoeFfn moe, int hiddenSize, double sent) {
    return moe.expertsPerToken()
            * (2.0 * moe.parametersPerExpert() / moe.tokenWidth() + sent * moe.tokenWidth())
        + 2.0 * moe.sharedParameters() / hiddenSize;
  }
}
