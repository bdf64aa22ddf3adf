package dev.rackplan.topology;

/**
 * One direction of one link.
 *
 * <p>NVLink 5 is sold as 1.8 TB/s, both directions together, so {@code 900e9} here.
 *
 * @param bandwidthBytesPerSecond line rate in bytes/s; decimal
 * @param latencySeconds time in s before the first byte of a collective arrives
 * @param efficiency share of the line rate that a well-tuned kernel sustains, in (0, 1]
 */
public record LinkSpec(double bandwidthBytesPerSecond, double latencySeconds, double efficiency) {
  public LinkSpec {
    // !(x > 0) refuses NaN too.
    if (!(bandwidthBytesPerSecond > 0) || Double.isInfinite(bandwidthBytesPerSecond)) {
      throw new IllegalArgumentException(
          "bandwidthBytesPerSecond must be > 0, was " + bandwidthBytesPerSecond);
    }
    if (!(latencySeconds >= 0) || Double.isInfinite(latencySeconds)) {
      throw new IllegalArgumentException("latencySeconds must be >= 0, was " + latencySeconds);
    }
    if (!(efficiency > 0 && efficiency <= 1)) {
      throw new IllegalArgumentException("efficiency must be in (0, 1], was " + efficiency);
    }
  }

  /** The same link with rate and latency times these factors. */
  public LinkSpec times(double bandwidth, double latency) {
    return new LinkSpec(bandwidthBytesPerSecond * bandwidth, latencySeconds * latency, efficiency);
  }

  /** Sustained rate in bytes/s. */
  public double sustainedBytesPerSecond() {
    return bandwidthBytesPerSecond * efficiency;
  }
}
