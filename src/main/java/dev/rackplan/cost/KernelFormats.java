package dev.rackplan.cost;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.model.Attention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;

/**
 * What kernels make of the number formats of one layer on one GPU: {@link GpuFormats}.
 *
 * @param attention of the token mixer's projections
 * @param ffn of a dense FFN or shared experts
 * @param experts of routed experts
 * @param router of the gate
 * @param cache of the KV cache
 * @param scores that attention multiplies in prefill
 */
record KernelFormats(
    KernelFormat attention,
    KernelFormat ffn,
    KernelFormat experts,
    KernelFormat router,
    KernelFormat cache,
    KernelFormat scores) {

  static KernelFormats of(Problem problem, Layer layer, GpuSpec gpu) {
    Precision precision = problem.precision();
    GpuFormats formats = new GpuFormats(gpu, scalesBlocks(problem.model()));
    KernelFormat cache = GpuFormats.ofCache(precision.kv());
    return new KernelFormats(
        formats.of(precision.attention(layer)),
        formats.of(precision.ffn(layer)),
        formats.of(precision.experts(layer)),
        formats.of(precision.unquantised()),
        cache,
        cache == KernelFormat.FP8 && gpu.peakFlops().fp8().isPresent()
            ? KernelFormat.FP8
            : KernelFormat.BF16);
  }

  /** Of the LM head. */
  static KernelFormat ofHead(Problem problem, GpuSpec gpu) {
    return new GpuFormats(gpu, scalesBlocks(problem.model()))
        .of(problem.precision().head(problem.model()));
  }

  // Checkpoints of mixtures of experts and of latent attention scale FP8 by blocks of 128 × 128,
  // those of plain dense models by tensor or row.
  private static boolean scalesBlocks(Model model) {
    return model.layers().stream()
        .anyMatch(layer -> layer.ffn() instanceof MoeFfn || isLatent(layer));
  }

  private static boolean isLatent(Layer layer) {
    Attention attention = layer.attention();
    return attention instanceof LatentAttention;
  }
}
