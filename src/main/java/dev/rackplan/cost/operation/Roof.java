package dev.rackplan.cost.operation;

/**
 * Two sides of a roofline in s.
 *
 * @param computeSeconds FLOPs over sustained FLOP/s
 * @param memorySeconds bytes over sustained bytes/s
 */
record Roof(double computeSeconds, double memorySeconds) {
  /** The side that binds. */
  double seconds() {
    return Math.max(computeSeconds, memorySeconds);
  }
}
