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
}
