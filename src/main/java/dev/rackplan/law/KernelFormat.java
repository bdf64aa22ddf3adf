package dev.rackplan.law;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Number formats as kernels have them: what weights are stored in and what is multiplied. */
public enum KernelFormat {
  /** Multiplied at half of the rate of 16-bit operands. */
  FP32("float32", 4, 32),
  BF16("bfloat16", 2, 16),
  /** One scale for a tensor or a row. */
  FP8("fp8", 1, 8),
  /** One scale for 128 values, or for 128 × 128. */
  FP8_BLOCK("fp8_block", 1, 8),
  INT8("int8", 1, 8),
  /** INT8 weights that are widened and multiplied in BF16. */
  INT8_WEIGHT_ONLY("int8_wo", 1, 16),
  /** INT8 with scales that move outliers from activations to weights. */
  SMOOTH_QUANT("sq", 1, 8),
  /** INT4 weights, one BF16 scale for 128 values or fewer, that are multiplied in BF16. */
  INT4_WEIGHT_ONLY("int4_wo", 0.515625, 16),
  /** {@link #INT4_WEIGHT_ONLY} with a scale for 64 values. */
  INT4_GROUP_64("int4_wo_g64", 0.53125, 16),
  /** {@link #INT4_WEIGHT_ONLY} with a scale for 32 values. */
  INT4_GROUP_32("int4_wo_g32", 0.5625, 16),
  /** {@link #INT4_WEIGHT_ONLY} weights that are multiplied with 8-bit activations. */
  INT4_FP8("w4a8_int4_fp8", 0.515625, 8),
  /** One FP8 scale for 16 values. */
  NVFP4("nvfp4", 0.5625, 4),
  /** {@link #NVFP4} weights that are widened and multiplied in BF16. */
  NVFP4_BF16("w4a16_nvfp4", 0.5625, 16),
  /** Four bits, scales not counted. */
  FP4("fp4", 0.5, 4),
  /** {@link #FP4} weights that are widened and multiplied in BF16. */
  FP4_BF16("w4a16_fp4", 0.5, 16),
  /** One E8M0 scale for 32 values. */
  MXFP4("mxfp4", 0.53125, 4),
  /** MXFP4 weights that are widened and multiplied in BF16: what Hopper does with them. */
  MXFP4_BF16("w4a16_mxfp4", 0.53125, 16),
  /** MXFP4 weights times MXFP8 activations. */
  MXFP4_MXFP8("w4a8_mxfp4_mxfp8", 0.53125, 8);

  private final String key;
  private final double bytes;
  private final int operandBits;

  KernelFormat(String key, double bytes, int operandBits) {
    this.key = key;
    this.bytes = bytes;
    this.operandBits = operandBits;
  }

  /** Its name in tables and laws files. */
  public String key() {
    return key;
  }

  /** Bytes of one stored value, scales included. */
  public double bytes() {
    return bytes;
  }

  /** Width in bits of what is multiplied: picks the matrix unit. */
  public int operandBits() {
    return operandBits;
  }

  /** Formats whose kernels may stand in for this one's, the nearest first. */
  public List<KernelFormat> like() {
    return switch (this) {
      case FP32 -> List.of();
      case BF16 -> List.of();
      case FP8 -> List.of(FP8_BLOCK);
      case FP8_BLOCK -> List.of(FP8);
      case INT8 -> List.of(SMOOTH_QUANT, FP8);
      case INT8_WEIGHT_ONLY -> List.of(INT4_WEIGHT_ONLY, BF16);
      case SMOOTH_QUANT -> List.of(INT8, FP8);
      case INT4_WEIGHT_ONLY -> List.of(MXFP4_BF16, INT8_WEIGHT_ONLY, BF16);
      case INT4_GROUP_64, INT4_GROUP_32 ->
          List.of(INT4_WEIGHT_ONLY, MXFP4_BF16, INT8_WEIGHT_ONLY, BF16);
      case INT4_FP8 -> List.of(FP8_BLOCK, FP8, INT8);
      case NVFP4 -> List.of(MXFP4);
      case FP4 -> List.of(NVFP4, MXFP4);
      case NVFP4_BF16, FP4_BF16 -> List.of(INT4_WEIGHT_ONLY, MXFP4_BF16, BF16);
      case MXFP4 -> List.of(NVFP4, MXFP4_MXFP8);
      case MXFP4_BF16 -> List.of(INT4_WEIGHT_ONLY, BF16);
      case MXFP4_MXFP8 -> List.of(MXFP4, NVFP4);
    };
  }

  /** The one that tables call {@code key}. */
  public static Optional<KernelFormat> of(String key) {
    return Arrays.stream(values()).filter(format -> format.key.equals(key)).findFirst();
  }
}
