package dev.rackplan.cost.operation;

/**
 * Shares and probabilities as whole numbers in units of 2^-40: sums don't depend on their order.
 */
public final class FixedPoint {
  /** The value 1. */
  public static final long ONE = 1L << 40;

  private FixedPoint() {}

  /** {@code value}, of magnitude below 2^22, in units of 2^-40, rounded half up. */
  public static long of(double value) {
    return Math.round(value * ONE);
  }

  /** What a token of this weight adds that is sent with this chance, rounded half up. */
  public static long weighted(long weight, double probability) {
    return (long) (weight * probability + 0.5);
  }

  /** Back to a plain number. */
  public static double toDouble(long fixed) {
    return fixed * (1.0 / ONE);
  }
}
