package dev.rackplan.topology;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One accelerator type.
 *
 * <p>Its memory is known twice: plans reckon with what the driver reports, the lecture's calculator
 * with the data sheet.
 *
 * @param name catalogue key, lower case, such as {@code h100-sxm}
 * @param hbmBytes memory in bytes that plans may fill: what the driver reports, else the data
 *     sheet's
 * @param hbmBytesPerSecond memory bandwidth in bytes/s for plans: by the memory's real clock and
 *     width where known, else the data sheet's
 * @param peakFlops dense matrix rates, vendor
 * @param computeEfficiency share of the peak FLOP/s that large matrix products sustain, in (0, 1];
 *     assumed unless measured
 * @param memoryEfficiency share of the HBM bandwidth that streaming kernels sustain, in (0, 1];
 *     assumed unless measured
 * @param usdPerHour price of one accelerator-hour in USD, empty where unknown
 * @param kernelSeconds start of one kernel in s, where no law of a measured one says
 * @param datasheet the memory as sold
 * @param generation whose measured kernels speak for it; empty for an accelerator of a topology
 *     file that names none, which has no laws
 */
public record GpuSpec(
    String name,
    double hbmBytes,
    double hbmBytesPerSecond,
    PeakFlops peakFlops,
    double computeEfficiency,
    double memoryEfficiency,
    OptionalDouble usdPerHour,
    double kernelSeconds,
    DatasheetMemory datasheet,
    Optional<GpuGeneration> generation) {
  /** Of no known generation, with the memory that it is sold with. */
  public GpuSpec(
      String name,
      double hbmBytes,
      double hbmBytesPerSecond,
      PeakFlops peakFlops,
      double computeEfficiency,
      double memoryEfficiency,
      OptionalDouble usdPerHour,
      double kernelSeconds) {
    this(
        name,
        hbmBytes,
        hbmBytesPerSecond,
        peakFlops,
        computeEfficiency,
        memoryEfficiency,
        usdPerHour,
        kernelSeconds,
        new DatasheetMemory(hbmBytes, hbmBytesPerSecond),
        Optional.empty());
  }

  /** With kernels that start at once. */
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
        0);
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
    if (!(kernelSeconds >= 0) || Double.isInfinite(kernelSeconds)) {
      throw new IllegalArgumentException("kernelSeconds must be >= 0, was " + kernelSeconds);
    }
    if (usdPerHour.isPresent() && !(usdPerHour.getAsDouble() >= 0)) {
      throw new IllegalArgumentException(
          "usdPerHour must be >= 0, was " + usdPerHour.getAsDouble());
    }
  }

  /** Whose it is; empty for an accelerator of no known generation. */
  public Optional<GpuVendor> vendor() {
    return generation.map(GpuGeneration::vendor);
  }

  /** Its generation as laws name it; empty likewise. */
  public Optional<String> generationKey() {
    return generation.map(GpuGeneration::key);
  }
}
