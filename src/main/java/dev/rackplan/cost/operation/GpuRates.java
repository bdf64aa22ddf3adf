package dev.rackplan.cost.operation;

import dev.rackplan.model.Dtype;
import dev.rackplan.topology.GpuSpec;
import java.util.OptionalDouble;

/** What one GPU sustains. */
public final class GpuRates {
  private GpuRates() {}

  /**
   * Sustained FLOP/s of matrix products with weights of {@code weights}: the peak of the narrowest
   * unit at least as wide as the weights, times the compute efficiency. Where {@link GpuFormats}
   * widens the weights, that of BF16: MXFP4 on H100.
   *
   * @throws IllegalArgumentException where the catalogue has no rate for that width or a wider one
   */
  public static double flopsPerSecond(GpuSpec spec, Dtype weights) {
    return peakFlopsPerSecond(spec, weights) * spec.computeEfficiency();
  }

  /** The vendor's FLOP/s for weights of that dtype, chosen as above; FP32 at half of BF16's. */
  public static double peakFlopsPerSecond(GpuSpec spec, Dtype weights) {
    boolean widened = new GpuFormats(spec, false).widens(weights);
    OptionalDouble wide = spec.peakFlops().bf16();
    OptionalDouble found =
        widened && wide.isPresent() ? wide : spec.peakFlops().rate(weights.operandBits());
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          spec.name() + " has no known rate for " + weights + " weights");
    }
    return weights == Dtype.FP32 ? found.getAsDouble() / 2 : found.getAsDouble();
  }

  /** Sustained HBM bytes/s. */
  public static double bytesPerSecond(GpuSpec spec) {
    return spec.hbmBytesPerSecond() * spec.memoryEfficiency();
  }
}
