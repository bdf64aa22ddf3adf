package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.workload.Training;

/**
 * Time of training's kernels between matrix products, which only move bytes.
 *
 * <p>Bytes a token in the forward pass, two bytes an element: two norms read and write h (8h), two
 * residual additions read two tensors and a dropout mask and write one (14h), the activation
 * function reads and writes the inner width, which is {@code 2·P/h} for plain and gated FFNs alike;
 * experts also permute their tokens twice (8 bytes an element sent). Softmax and its dropout, where
 * a kernel does not fuse them, read and write each score: 9 bytes a head and token of context.
 *
 * <p>Assumed: counted from Megatron's unfused kernels, not measured. Left out: casts to FP8.
 */
final class ElementwiseTime {
  private static final double RESIDUAL_BYTES = 22;
  private static final double SCORE_BYTES = 9;
  private static final double PERMUTE_BYTES = 8;

  private ElementwiseTime() {}

  /** One forward pass and what {@code counts} adds to it, in s, on the slowest GPU. */
  static double seconds(
      Layer layer,
      Training training,
      int hiddenSize,
      PassCounts counts,
      StageShape shape,
      Batch batch,
      int degree) {
    double perRank = counts.elementwise() * bytesPerToken(layer, training, hiddenSize, degree);
    perRank +=
        counts.scoreElementwise()
            * SCORE_BYTES
            * layer.attention().scores(batch.attendedTokens())
            / degree;
    double bytes = perRank * batch.tokensPerRank();
    if (layer.ffn() instanceof MoeFfn moe) {
      bytes += counts.elementwise() * expertBytesPerToken(moe, hiddenSize) * batch.tokensPerGpu();
    }
    double slowest = 0;
    for (int g = 0; g < shape.gpuCount(); g++) {
      slowest = Math.max(slowest, bytes / GpuRates.bytesPerSecond(shape.spec(g)));
    }
    return slowest;
  }

  private static double bytesPerToken(Layer layer, Training training, int hiddenSize, int degree) {
    double residual = RESIDUAL_BYTES * hiddenSize / (training.sequenceParallel() ? degree : 1);
    return layer.ffn() instanceof DenseFfn dense
        ? residual + 2.0 * dense.parameters() / hiddenSize / degree
        : residual;
  }

  private static double expertBytesPerToken(MoeFfn moe, int hiddenSize) {
    return moe.expertsPerToken()
            * (2.0 * moe.parametersPerExpert() / moe.tokenWidth()
                + PERMUTE_BYTES * moe.tokenWidth())
        + 2.0 * moe.sharedParameters() / hiddenSize;
  }
}
