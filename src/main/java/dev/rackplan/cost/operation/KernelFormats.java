package dev.rackplan.cost.operation;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.model.Layer;
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
public record KernelFormats(
    KernelFormat attention,
    KernelFormat ffn,
    KernelFormat experts,
    KernelFormat router,
    KernelFormat cache,
    KernelFormat scores) {

  static KernelFormats of(Problem problem, Layer layer, GpuSpec gpu) {
    Precision precision = problem.precision();
    GpuFormats formats = new GpuFormats(gpu, problem.model().scalesFp8Blocks());
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
    return new GpuFormats(gpu, problem.model().scalesFp8Blocks())
        .of(problem.precision().head(problem.model()));
  }
}
