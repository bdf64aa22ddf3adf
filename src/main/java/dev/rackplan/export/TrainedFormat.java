package dev.rackplan.export;

import dev.rackplan.model.Dtype;

/**
 * Transformer Engine's recipes of number formats, as Megatron-LM and Megatron Bridge call them.
 *
 * <p>Source: Megatron-LM's {@code --fp8-recipe} and {@code --fp4-recipe}; Bridge's {@code
 * training/mixed_precision.py}.
 */
enum TrainedFormat {
  FP32("", ""),
  FP16("--fp16", "fp16_mixed"),
  BF16("--bf16", "bf16_mixed"),
  BLOCKWISE(
      "--bf16 --fp8-format e4m3 --fp8-recipe blockwise", "bf16_with_fp8_subchannel_scaling_mixed"),
  TENSORWISE(
      "--bf16 --fp8-format hybrid --fp8-recipe tensorwise", "bf16_with_fp8_current_scaling_mixed"),
  MXFP8("--bf16 --fp8-format e4m3 --fp8-recipe mxfp8", "bf16_with_mxfp8_mixed"),
  NVFP4("--bf16 --fp4-format e2m1 --fp4-recipe nvfp4", "bf16_with_nvfp4_mixed");

  private final String megatron;
  private final String bridge;

  TrainedFormat(String megatron, String bridge) {
    this.megatron = megatron;
    this.bridge = bridge;
  }

  /** Whether it multiplies narrower than in 16 bits. */
  boolean isNarrow() {
    return this != FP32 && this != FP16 && this != BF16;
  }

  /** Megatron-LM's arguments; empty for none. */
  String megatron() {
    return megatron;
  }

  /** The name of Bridge's setting; empty where it has none. */
  String bridge() {
    return bridge;
  }

  /** The recipe for products whose weights are in {@code weights}. */
  static TrainedFormat of(Dtype weights) {
    return switch (weights) {
      case FP8, FP8_BLOCK -> BLOCKWISE;
      case FP8_TENSOR -> TENSORWISE;
      case MXFP8 -> MXFP8;
      case NVFP4, FP4 -> NVFP4;
      case FP32 -> FP32;
      case FP16 -> FP16;
      case BF16,
          FP8_WEIGHT_ONLY,
          INT8,
          INT8_WEIGHT_ONLY,
          INT4,
          INT4_AWQ,
          INT4_GROUP_64,
          INT4_GROUP_32,
          W4A8,
          NVFP4_WEIGHT_ONLY,
          MXFP4,
          MXFP4_BOTH,
          MXFP4_WEIGHT_ONLY ->
          BF16;
    };
  }
}
