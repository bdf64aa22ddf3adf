package dev.rackplan.topology;

import java.util.OptionalDouble;

/**
 * One accelerator type.
 *
 * @param name catalogue key, lower case, such as {@code h100-sxm}
 * @param hbmBytes memory in bytes that the vendor sells (GB = 1e9)
 * @param hbmBytesPerSecond memory bandwidth in bytes/s, vendor
 * @param peakFlops dense matrix rates, vendor
 * @param computeEfficiency share of the peak FLOP/s that large matrix products sustain, in (0, 1];
 *     assumed unless measured
 * @param memoryEfficiency share of the HBM bandwidth that streaming kernels sustain, in (0, 1];
 *     assumed unless measured
 * @param usdPerHour price of one accelerator-hour in USD, empty where unknown
 * @param overhead what a MoE layer takes beyond products, attention and all-to-all
 */
public record GpuSpec(
    String name,
    double hbmBytes,
    double hbmBytesPerSecond,
    PeakFlops peakFlops,
    double computeEfficiency,
    double memoryEfficiency,
    OptionalDouble usdPerHour,
    KernelOverhead overhead) {
  /** With kernels that cost nothing beside their products. */
  public GpuSpec(
      String name,
      double hbmBytes,
      double hbmBytesPerSecond,
      PeakFlops peakFlops,
      double computeEfficiency,
      double memoryEfficiency,
      OptionalDouble usdPerHour) {
    this(
        name,
        hbmBytes,
        hbmBytesPerSecond,
        peakFlops,
        computeEfficiency,
        memoryEfficiency,
        usdPerHour,
        KernelOverhead.NONE);
  }

  public GpuSpec {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name must not be blank");
    }
    if (!(hbmBytes > 0) || Double.isInfinite(hbmBytes)) {
      throw new IllegalArgumentException("hbmBytes must be > 0, was " + hbmBytes);
    }
    if (!(hbmBytesPerSecond > 0) || Double.isInfinite(hbmBytesPerSecond)) {
      throw new IllegalArgumentException("hbmBytesPerSecond must be > 0, was " + hbmBytesPerSecond);
    }
    if (!(computeEfficiency > 0 && computeEfficiency <= 1)) {
      throw new IllegalArgumentException(
          "computeEfficiency must be in (0, 1], was " + computeEfficiency);
    }
    if (!(memoryEfficiency > 0 && memoryEfficiency <= 1)) {
      throw new IllegalArgumentException(
          "memoryEfficiency must be in (0, 1], was " + memoryEfficiency);
    }
    if (usdPerHour.isPresent() && !(usdPerHour.getAsDouble() >= 0)) {
      throw new IllegalArgumentException(
          "usdPerHour must be >= 0, was " + usdPerHour.getAsDouble());
    }
  }

  /** Seconds to read the whole memory once: the lecture's "20 ms train". */
  public double drainSeconds() {
    return hbmBytes / hbmBytesPerSecond;
  }
}
