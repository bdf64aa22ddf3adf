package dev.rackplan.cost;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Rates;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Problem;

/**
 * What kernels make of a problem's number formats on one GPU.
 *
 * <p>Where a GPU multiplies nothing as narrow as the weights, its kernels widen them to BF16: FP8
 * on Ampere, MXFP4 on Hopper. Source: the engines' kernels for these formats (Marlin; OpenAI's
 * Triton kernels).
 *
 * @param weights of projections and dense FFNs
 * @param experts of routed experts
 * @param always of head and router, which checkpoints narrower than BF16 keep in BF16
 * @param cache of the KV cache
 * @param scores that attention multiplies in prefill
 */
record KernelFormats(
    KernelFormat weights,
    KernelFormat experts,
    KernelFormat always,
    KernelFormat cache,
    KernelFormat scores) {

  static KernelFormats of(Problem problem, Rates rates) {
    Dtype weights = problem.precision().weights();
    KernelFormat cache = cache(problem.precision().kv());
    return new KernelFormats(
        format(problem.model(), weights, rates),
        format(problem.model(), problem.precision().experts(), rates),
        format(problem.model(), problem.precision().unquantised(), rates),
        cache,
        cache == KernelFormat.FP8 && rates.fp8().isPresent()
            ? KernelFormat.FP8
            : KernelFormat.BF16);
  }

  private static KernelFormat format(Model model, Dtype dtype, Rates rates) {
    boolean fp8 = rates.fp8().isPresent();
    boolean fp4 = rates.fp4().isPresent();
    return switch (dtype) {
      case FP32 -> KernelFormat.FP32;
      case BF16, FP16 -> KernelFormat.BF16;
      case FP8 ->
          !fp8
              ? KernelFormat.INT8_WEIGHT_ONLY
              : scalesBlocks(model) ? KernelFormat.FP8_BLOCK : KernelFormat.FP8;
      case INT8 -> KernelFormat.INT8;
      case FP4 -> fp4 ? KernelFormat.FP4 : KernelFormat.FP4_BF16;
      case NVFP4 -> fp4 ? KernelFormat.NVFP4 : KernelFormat.NVFP4_BF16;
      case MXFP4 -> fp4 ? KernelFormat.MXFP4_MXFP8 : KernelFormat.MXFP4_BF16;
    };
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

  private static KernelFormat cache(Dtype kv) {
    return switch (kv) {
      case FP32 -> KernelFormat.FP32;
      case BF16, FP16 -> KernelFormat.BF16;
      case FP8 -> KernelFormat.FP8;
      case INT8 -> KernelFormat.INT8;
      case FP4 -> KernelFormat.FP4;
      case NVFP4 -> KernelFormat.NVFP4;
      case MXFP4 -> KernelFormat.MXFP4;
    };
  }
}
