package dev.rackplan.law;

import java.util.OptionalDouble;

/**
 * What a GPU's data sheet says; laws are relative to it.
 *
 * @param bytesPerSecond HBM bandwidth
 * @param bf16 dense FLOP/s with 16-bit operands
 * @param fp8 dense FLOP/s with 8-bit operands; empty where there is no such unit
 * @param fp4 dense FLOP/s with 4-bit operands; empty where there is no such unit
 * @param int8 dense rate with 8-bit integers; empty where it is that of FP8. Laws are not relative
 *     to it
 */
public record Rates(
    double bytesPerSecond,
    double bf16,
    OptionalDouble fp8,
    OptionalDouble fp4,
    OptionalDouble int8) {
  /** What laws are relative to. */
  public Rates(double bytesPerSecond, double bf16, OptionalDouble fp8, OptionalDouble fp4) {
    this(bytesPerSecond, bf16, fp8, fp4, OptionalDouble.empty());
  }

  public Rates {
    if (!(bytesPerSecond > 0)) {
      throw new IllegalArgumentException("bytesPerSecond must be > 0, was " + bytesPerSecond);
    }
    if (!(bf16 > 0)) {
      throw new IllegalArgumentException("bf16 must be > 0 FLOP/s, was " + bf16);
    }
  }

  /** Each so many times what it is. */
  Rates times(double flops, double bandwidth) {
    return new Rates(
        bytesPerSecond * bandwidth,
        bf16 * flops,
        times(fp8, flops),
        times(fp4, flops),
        times(int8, flops));
  }

  /** The same without a rate of its own for integers. */
  Rates ofLaws() {
    return new Rates(bytesPerSecond, bf16, fp8, fp4);
  }

  /** Dense rate of what kernels of {@code format} multiply. */
  double flopsPerSecond(KernelFormat format) {
    return format == KernelFormat.INT8 && int8.isPresent()
        ? int8.getAsDouble()
        : flopsPerSecond(format.operandBits());
  }

  private static OptionalDouble times(OptionalDouble rate, double factor) {
    return rate.isPresent() ? OptionalDouble.of(rate.getAsDouble() * factor) : rate;
  }

  /**
   * Dense FLOP/s with operands of {@code bits}: of the narrowest unit at least that wide; with 32
   * bits half of what 16 have.
   */
  public double flopsPerSecond(int bits) {
    if (bits > 16) {
      return bf16 / 2;
    }
    if (bits <= 4 && fp4.isPresent()) {
      return fp4.getAsDouble();
    }
    return bits <= 8 ? fp8.orElse(bf16) : bf16;
  }
}
