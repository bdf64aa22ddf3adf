package dev.rackplan.law;

/**
 * {@code (a^p + b^p)^(1/p)}: how the parts of a kernel overlap. At p = 1 they follow one another,
 * at p = ∞ the longer hides the shorter; below 1 they are in each other's way.
 */
public final class Norm {
  private Norm() {}

  /** Of two parts, each ≥ 0. */
  public static double of(double p, double a, double b) {
    double most = Math.max(a, b);
    // The power of 1 to infinity is NaN in Java.
    if (most == 0 || Double.isInfinite(p)) {
      return most;
    }
    return most * Math.pow(1 + Math.pow(Math.min(a, b) / most, p), 1 / p);
  }

  static double of(double p, double a, double b, double c) {
    double most = Math.max(a, Math.max(b, c));
    if (most == 0) {
      return 0;
    }
    // The power of 1 to infinity is NaN in Java.
    if (Double.isInfinite(p)) {
      return most;
    }
    return most
        * Math.pow(Math.pow(a / most, p) + Math.pow(b / most, p) + Math.pow(c / most, p), 1 / p);
  }
}
