package dev.rackplan.calibrate;

import dev.rackplan.topology.PeakFlops;

/**
 * What a GPU's datasheet says, which a law's shares are shares of.
 *
 * @param hbmBytesPerSecond memory bandwidth in bytes/s
 * @param peakFlops dense matrix rates in FLOP/s
 * @param source where they were read: the catalogue, or a file
 */
public record DatasheetRates(double hbmBytesPerSecond, PeakFlops peakFlops, String source) {
  public DatasheetRates {
    // !(x > 0) refuses NaN too.
    if (!(hbmBytesPerSecond > 0) || Double.isInfinite(hbmBytesPerSecond)) {
      throw new IllegalArgumentException("hbmBytesPerSecond must be > 0, was " + hbmBytesPerSecond);
    }
  }
}
