package dev.rackplan.law;

/**
 * What a law takes from the GPU and the number formats.
 *
 * @param flopsPerSecond datasheet rate F of what is multiplied, dense
 * @param bf16FlopsPerSecond datasheet rate with 16-bit operands, dense
 * @param bytesPerSecond datasheet HBM bandwidth W
 * @param weightBytes bytes w of a stored weight
 * @param cacheBytes bytes κ of an element of the KV cache
 */
public record Setting(
    double flopsPerSecond,
    double bf16FlopsPerSecond,
    double bytesPerSecond,
    double weightBytes,
    double cacheBytes) {

  /** Of weights (or attention scores) in {@code format} and a KV cache in {@code cache}. */
  public static Setting of(Rates rates, KernelFormat format, KernelFormat cache) {
    return new Setting(
        rates.flopsPerSecond(format),
        rates.bf16(),
        rates.bytesPerSecond(),
        format.bytes(),
        cache.bytes());
  }
}
