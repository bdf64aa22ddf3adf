package dev.rackplan.topology;

/**
 * A memory as its data sheet sells it: what the lecture's calculator reckons with.
 *
 * @param bytes size in bytes; GB = 1e9 where the vendor says GB
 * @param bytesPerSecond rate in bytes/s
 */
public record DatasheetMemory(double bytes, double bytesPerSecond) {
  public DatasheetMemory {
    if (!(bytes > 0) || Double.isInfinite(bytes)) {
      throw new IllegalArgumentException("datasheet bytes must be > 0, was " + bytes);
    }
    if (!(bytesPerSecond > 0) || Double.isInfinite(bytesPerSecond)) {
      throw new IllegalArgumentException(
          "datasheet bytesPerSecond must be > 0, was " + bytesPerSecond);
    }
  }

  /** Seconds to read the whole memory once: the lecture's "20 ms train". */
  public double drainSeconds() {
    return bytes / bytesPerSecond;
  }
}
