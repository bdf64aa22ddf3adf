package dev.rackplan.topology;

import java.util.OptionalDouble;

/**
 * Dense matrix rates of one accelerator in FLOP/s, by operand type; empty where the vendor gives
 * none.
 *
 * @param bf16 16-bit floating point, dense (no structured sparsity)
 * @param fp8 8-bit floating point, dense
 * @param fp4 4-bit floating point, dense
 * @param int8 8-bit integers, dense; empty where it is that of FP8, or not known
 */
public record PeakFlops(
    OptionalDouble bf16, OptionalDouble fp8, OptionalDouble fp4, OptionalDouble int8) {
  /** With 8-bit integers at the rate of FP8. */
  public PeakFlops(OptionalDouble bf16, OptionalDouble fp8, OptionalDouble fp4) {
    this(bf16, fp8, fp4, OptionalDouble.empty());
  }

  public PeakFlops {
    if (bf16.isEmpty() && fp8.isEmpty() && fp4.isEmpty()) {
      throw new IllegalArgumentException("at least one of bf16, fp8, fp4 must be given");
    }
    check("bf16", bf16);
    check("fp8", fp8);
    check("fp4", fp4);
    check("int8", int8);
  }

  /**
   * FLOP/s with operands of {@code operandBits}: of the narrowest unit at least that wide; empty
   * where there is none.
   */
  public OptionalDouble rate(int operandBits) {
    if (operandBits <= 4 && fp4.isPresent()) {
      return fp4;
    }
    if (operandBits <= 8 && fp8.isPresent()) {
      return fp8;
    }
    return bf16;
  }

  private static void check(String name, OptionalDouble rate) {
    if (rate.isPresent() && (!(rate.getAsDouble() > 0) || Double.isInfinite(rate.getAsDouble()))) {
      throw new IllegalArgumentException(name + " must be > 0 FLOP/s, was " + rate.getAsDouble());
    }
  }
}
