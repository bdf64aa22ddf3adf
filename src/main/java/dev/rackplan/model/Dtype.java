package dev.rackplan.model;

/** Number format of weights, KV cache or sent activations. */
public enum Dtype {
  FP32(4, 32),
  BF16(2, 16),
  FP16(2, 16),
  FP8(1, 8),
  INT8(1, 8),
  /** Four bits, scales not counted: the lecture's half byte. */
  FP4(0.5, 4),
  /** NVIDIA's FP4: one FP8 scale for 16 values, 4.5 bits a value. */
  NVFP4(0.5625, 4),
  /** OCP microscaling FP4: one E8M0 scale for 32 values, 4.25 bits a value. */
  MXFP4(0.53125, 4);

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

  /** Width in bits of one operand without its scale: picks the matrix unit. */
  public int operandBits() {
    return operandBits;
  }
}
