package dev.rackplan.cost.operation;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.model.Dtype;
import dev.rackplan.topology.GpuSpec;

/**
 * What one GPU's kernels multiply where weights are stored in a format: the one place that says
 * which formats a chip has units for.
 *
 * <p>Where it multiplies nothing as narrow as the weights, kernels widen them to BF16: FP8 on
 * Ampere, MXFP4 on Hopper, NVFP4 on CDNA4. Source: the engines' kernels for these formats (Marlin;
 * OpenAI's Triton kernels; vLLM's emulation of NVFP4 on ROCm); the vendors' instruction sets as in
 * {@link dev.rackplan.topology.GpuGeneration}.
 */
public final class GpuFormats {
  private final GpuSpec gpu;
  private final boolean scalesBlocks;

  /**
   * @param scalesBlocks whether plain {@link Dtype#FP8} has a scale for a block of 128 × 128
   */
  public GpuFormats(GpuSpec gpu, boolean scalesBlocks) {
    this.gpu = gpu;
    this.scalesBlocks = scalesBlocks;
  }

  /** What is multiplied for weights in {@code dtype}. */
  public KernelFormat of(Dtype dtype) {
    boolean fp8 = gpu.peakFlops().fp8().isPresent();
    boolean fp4 = gpu.peakFlops().fp4().isPresent();
    boolean nvfp4 =
        fp4 && gpu.generation().map(generation -> generation.scalesFp4By16()).orElse(true);
    return switch (dtype) {
      case FP32 -> KernelFormat.FP32;
      case BF16, FP16 -> KernelFormat.BF16;
      case FP8 ->
          !fp8
              ? KernelFormat.INT8_WEIGHT_ONLY
              : scalesBlocks ? KernelFormat.FP8_BLOCK : KernelFormat.FP8;
      case FP8_BLOCK -> fp8 ? KernelFormat.FP8_BLOCK : KernelFormat.INT8_WEIGHT_ONLY;
      case FP8_TENSOR -> fp8 ? KernelFormat.FP8 : KernelFormat.INT8_WEIGHT_ONLY;
      // Units that scale blocks of 32 came with those for FP4.
      case MXFP8 -> fp4 ? KernelFormat.FP8_BLOCK : KernelFormat.INT8_WEIGHT_ONLY;
      case INT8 -> KernelFormat.INT8;
      case FP8_WEIGHT_ONLY, INT8_WEIGHT_ONLY -> KernelFormat.INT8_WEIGHT_ONLY;
      case INT4, INT4_AWQ -> KernelFormat.INT4_WEIGHT_ONLY;
      case INT4_GROUP_64 -> KernelFormat.INT4_GROUP_64;
      case INT4_GROUP_32 -> KernelFormat.INT4_GROUP_32;
      case W4A8 -> fp8 ? KernelFormat.INT4_FP8 : KernelFormat.INT4_WEIGHT_ONLY;
      case FP4 -> fp4 ? KernelFormat.FP4 : KernelFormat.FP4_BF16;
      case NVFP4 -> nvfp4 ? KernelFormat.NVFP4 : KernelFormat.NVFP4_BF16;
      case NVFP4_WEIGHT_ONLY -> KernelFormat.NVFP4_BF16;
      case MXFP4 -> fp4 ? KernelFormat.MXFP4_MXFP8 : KernelFormat.MXFP4_BF16;
      case MXFP4_BOTH -> fp4 ? KernelFormat.MXFP4 : KernelFormat.MXFP4_BF16;
      case MXFP4_WEIGHT_ONLY -> KernelFormat.MXFP4_BF16;
    };
  }

  /** Whether weights in {@code dtype} are multiplied in more bits than they could be. */
  public boolean widens(Dtype dtype) {
    return dtype.operandBits() < Dtype.BF16.operandBits()
        && of(dtype).operandBits() >= Dtype.BF16.operandBits();
  }

  /** Whether its rate for {@code dtype} is known to be that of a unit for it. */
  public boolean hasUnit(Dtype dtype) {
    boolean integers = gpu.peakFlops().int8().isPresent() || gpu.peakFlops().fp8().isPresent();
    return !widens(dtype) && (dtype != Dtype.INT8 || integers);
  }

  /** Of a KV cache in {@code kv}. */
  static KernelFormat ofCache(Dtype kv) {
    return switch (kv) {
      case FP32 -> KernelFormat.FP32;
      case BF16, FP16 -> KernelFormat.BF16;
      case FP8, FP8_BLOCK, FP8_TENSOR, FP8_WEIGHT_ONLY, MXFP8 -> KernelFormat.FP8;
      case INT8, INT8_WEIGHT_ONLY -> KernelFormat.INT8;
      case FP4, INT4, INT4_AWQ, INT4_GROUP_64, INT4_GROUP_32, W4A8 -> KernelFormat.FP4;
      case NVFP4, NVFP4_WEIGHT_ONLY -> KernelFormat.NVFP4;
      case MXFP4, MXFP4_BOTH, MXFP4_WEIGHT_ONLY -> KernelFormat.MXFP4;
    };
  }
}
