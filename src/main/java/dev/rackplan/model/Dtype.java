package dev.rackplan.model;

import java.util.Locale;

/**
 * Number format of weights, KV cache or sent activations: how many bytes a value takes with its
 * scales, and how wide what is multiplied is.
 *
 * <p>Source of scales: compressed-tensors' and ModelOpt's schemes; AWQ and GPTQ checkpoints (one
 * 16-bit scale a group, AWQ one 4-bit zero point beside it); DeepSeek-V3 (arXiv 2412.19437, section
 * 3.3.2: blocks of 128 × 128 with an FP32 scale each); OCP Microscaling Formats 1.0.
 */
public enum Dtype {
  FP32(4, 32),
  BF16(2, 16),
  FP16(2, 16),
  /** Scaled as checkpoints of the kind of model usually are, scales not counted. */
  FP8(1, 8),
  /** One FP32 scale for 128 × 128 weights. */
  FP8_BLOCK(1 + 4.0 / (128 * 128), 8),
  /** One scale for a tensor or a row. */
  FP8_TENSOR(1, 8),
  /** {@link #FP8_TENSOR} weights that are widened and multiplied in 16 bits. */
  FP8_WEIGHT_ONLY(1, 16),
  /** OCP microscaling FP8: one E8M0 scale for 32 values. */
  MXFP8(1.03125, 8),
  /** Weights and activations in INT8, one scale for a row. */
  INT8(1, 8),
  /** {@link #INT8} weights that are widened and multiplied in 16 bits. */
  INT8_WEIGHT_ONLY(1, 16),
  /** INT4 weights, one 16-bit scale for 128, widened and multiplied in 16 bits: 4.125 bits. */
  INT4(0.515625, 16),
  /** {@link #INT4} with a zero point for each group: 4.15625 bits. */
  INT4_AWQ(0.51953125, 16),
  /** {@link #INT4} with a scale for 64: 4.25 bits. */
  INT4_GROUP_64(0.53125, 16),
  /** {@link #INT4} with a scale for 32: 4.5 bits. */
  INT4_GROUP_32(0.5625, 16),
  /** {@link #INT4} weights that are multiplied with 8-bit activations. */
  W4A8(0.515625, 8),
  /** Four bits, scales not counted: the lecture's half byte. */
  FP4(0.5, 4),
  /** NVIDIA's FP4: one FP8 scale for 16 values, 4.5 bits a value. */
  NVFP4(0.5625, 4),
  /** {@link #NVFP4} weights that are widened and multiplied in 16 bits. */
  NVFP4_WEIGHT_ONLY(0.5625, 16),
  /** OCP microscaling FP4: one E8M0 scale for 32 values, 4.25 bits a value. */
  MXFP4(0.53125, 4),
  /** {@link #MXFP4} weights and activations, both multiplied in four bits. */
  MXFP4_BOTH(0.53125, 4),
  /** {@link #MXFP4} weights that are widened and multiplied in 16 bits. */
  MXFP4_WEIGHT_ONLY(0.53125, 16);

  // Scales make so much of a difference between formats of one width.
  private static final double SCALES = 0.05;

  private final double bytes;
  private final int operandBits;

  Dtype(double bytes, int operandBits) {
    this.bytes = bytes;
    this.operandBits = operandBits;
  }

  /** Bytes per element, scales included. */
  public double bytes() {
    return bytes;
  }

  /**
   * Width in bits of one operand without its scale: picks the matrix unit. A GPU without such a
   * unit widens it.
   */
  public int operandBits() {
    return operandBits;
  }

  /** Whether values take as many bytes, scales aside, and are multiplied alike. */
  public boolean isLike(Dtype other) {
    return operandBits == other.operandBits && Math.abs(bytes / other.bytes - 1) < SCALES;
  }

  /** Whether only weights are stored in it: caches and sent activations never are. */
  public boolean isOfWeightsOnly() {
    return switch (this) {
      case FP32, BF16, FP16, FP8, INT8, FP4, NVFP4, MXFP4 -> false;
      case FP8_BLOCK,
          FP8_TENSOR,
          FP8_WEIGHT_ONLY,
          MXFP8,
          INT8_WEIGHT_ONLY,
          INT4,
          INT4_AWQ,
          INT4_GROUP_64,
          INT4_GROUP_32,
          W4A8,
          NVFP4_WEIGHT_ONLY,
          MXFP4_BOTH,
          MXFP4_WEIGHT_ONLY ->
          true;
    };
  }

  /** As files and reports write it: {@code fp8_block}. */
  public String key() {
    return switch (this) {
      case FP8_WEIGHT_ONLY -> "w8a16_fp8";
      case INT8_WEIGHT_ONLY -> "w8a16";
      case INT4_GROUP_64 -> "int4_g64";
      case INT4_GROUP_32 -> "int4_g32";
      case NVFP4_WEIGHT_ONLY -> "w4a16_nvfp4";
      case MXFP4_BOTH -> "w4a4_mxfp4";
      case MXFP4_WEIGHT_ONLY -> "w4a16_mxfp4";
      case FP32,
          BF16,
          FP16,
          FP8,
          FP8_BLOCK,
          FP8_TENSOR,
          MXFP8,
          INT8,
          INT4,
          INT4_AWQ,
          W4A8,
          FP4,
          NVFP4,
          MXFP4 ->
          name().toLowerCase(Locale.ROOT);
    };
  }
}
