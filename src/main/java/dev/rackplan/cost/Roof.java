package dev.rackplan.cost;

/**
 * Two sides of a roofline in s.
 *
 * @param computeSeconds FLOPs over sustained FLOP/s
 * @param memorySeconds bytes over sustained bytes/s
 */
public record Roof(double computeSeconds, double memorySeconds) {
  /** The side that binds. */
  public double seconds() {
    return Math.max(computeSeconds, memorySeconds);
  }

  /** Whether reading memory takes at least as long as computing. */
  public boolean memoryBound() {
    return memorySeconds >= computeSeconds;
  }

  /** Both sides {@code factor} times as long. */
  Roof times(double factor) {
    return new Roof(factor * computeSeconds, factor * memorySeconds);
  }
}
