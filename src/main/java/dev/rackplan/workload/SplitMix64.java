package dev.rackplan.workload;

/**
 * SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a small generator that is the same on every
 * machine.
 */
final class SplitMix64 {
  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  /**
   * A stream of its own for each layer or purpose: neighbouring states would give the same numbers
   * one step apart.
   */
  static SplitMix64 stream(long seed, int stream) {
    return new SplitMix64(new SplitMix64(seed).next() ^ new SplitMix64(~stream).next());
  }

  long next() {
    state += 0x9E3779B97F4A7C15L;
    long mixed = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** In [0, bound). The upper 32 bits scaled; off from even by less than bound / 2^32. */
  int next(int bound) {
    return (int) (((next() >>> 32) * bound) >>> 32);
  }

  /** Puts {@code items} in any order, each as likely (Fisher and Yates). */
  void shuffle(int[] items) {
    for (int i = items.length - 1; i > 0; i--) {
      int j = next(i + 1);
      int item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  /** In [0, 1), a multiple of 2^-53. */
  double nextDouble() {
    return (next() >>> 11) * 0x1p-53;
  }

  /** Standard normal (Box and Muller, 1958, the cosine half). */
  double nextNormal() {
    // 1 - u is in (0, 1], so that its logarithm is finite.
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * StrictMath.PI * nextDouble());
  }
}
