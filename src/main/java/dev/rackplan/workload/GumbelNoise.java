package dev.rackplan.workload;

/**
 * Gumbel noise from a table of 65,536 quantiles, four draws from one random number.
 *
 * <p>The k largest of (logit + standard Gumbel noise) are k draws without replacement with chances
 * ∝ exp(logit) (Kool, van Hoof, Welling, ICML 2019). The table, because two logarithms per expert
 * and token would take most of the time. Left out: noise beyond 11.8 and below -2.5, together one
 * draw in 65,536.
 */
final class GumbelNoise {
  private static final int SIZE = 1 << 16;
  private static final double[] QUANTILES = quantiles();

  private GumbelNoise() {}

  private static double[] quantiles() {
    double[] quantiles = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      quantiles[i] = -StrictMath.log(-StrictMath.log((i + 0.5) / SIZE));
    }
    return quantiles;
  }

  /** {@code scores} = {@code logits} + noise. */
  static void add(double[] logits, double[] scores, SplitMix64 random) {
    long bits = 0;
    for (int i = 0; i < logits.length; i++) {
      bits = i % 4 == 0 ? random.next() : bits >>> 16;
      scores[i] = logits[i] + QUANTILES[(int) bits & (SIZE - 1)];
    }
  }
}
