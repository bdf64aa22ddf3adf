package dev.rackplan.cost.economics;

import dev.rackplan.cost.operation.Roofline;
import java.util.List;

/**
 * A memory that could keep a KV cache.
 *
 * @param drainSeconds capacity over bandwidth: what reading all of it takes
 * @param usdPerByteSecond price of holding a byte for a second
 */
public record CacheTier(String name, double drainSeconds, double usdPerByteSecond) {
  private static final double SECONDS_PER_HOUR = 3600;
  private static final double HOURS_OF_FOUR_YEARS = 4 * 8766;

  /**
   * Below the GPU's own memory. Drain times: the lecture's, orders of magnitude. Prices: 3, 0.1 and
   * 0.015 USD a GB over four years; assumed.
   */
  public static final List<CacheTier> LOWER =
      List.of(bought("DDR", 3, 3), bought("flash", 60, 0.1), bought("disk", 3600, 0.015));

  public CacheTier {
    if (!(drainSeconds > 0) || !(usdPerByteSecond > 0)) {
      throw new IllegalArgumentException(
          name
              + ": drainSeconds and price must be > 0, were "
              + drainSeconds
              + " and "
              + usdPerByteSecond);
    }
  }

  private static CacheTier bought(String name, double drainSeconds, double usdPerGigabyte) {
    return new CacheTier(
        name, drainSeconds, usdPerGigabyte / 1e9 / HOURS_OF_FOUR_YEARS / SECONDS_PER_HOUR);
  }

  /** The memory of a GPU that is rented by the hour. */
  public static CacheTier ofGpu(
      String name, double hbmBytes, double hbmBytesPerSecond, double usdPerHour) {
    return new CacheTier(
        name,
        Roofline.drainSeconds(hbmBytes, hbmBytesPerSecond),
        usdPerHour / SECONDS_PER_HOUR / hbmBytes);
  }

  /** {@code bytes·price·t}: USD for holding. */
  public double holdUsd(double bytes, double seconds) {
    return bytes * usdPerByteSecond * seconds;
  }

  /** {@code bytes/bandwidth · price of the tier = bytes·price·drain}: USD for reading back once. */
  public double retrieveUsd(double bytes) {
    return bytes * usdPerByteSecond * drainSeconds;
  }

  /** Holding for {@code seconds} and {@code reads} times back, in USD. */
  public double keepUsd(double bytes, double seconds, double reads) {
    return holdUsd(bytes, seconds) + reads * retrieveUsd(bytes);
  }

  /**
   * Seconds up to which keeping is cheaper than {@code reads} times {@code recomputeUsd}; below 0
   * where reading back already is dearer.
   */
  public double breakEvenSeconds(double bytes, double reads, double recomputeUsd) {
    return reads * (recomputeUsd - retrieveUsd(bytes)) / (bytes * usdPerByteSecond);
  }
}
