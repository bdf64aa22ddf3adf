package dev.rackplan.workload;

/**
 * Loads of a layer's experts in single steps, drawn around their means: normal, of the variance
 * that tokens which choose by chance bring, never below 0, and each step with as many choices a
 * token as there are. Left out: that experts which are chosen together move together.
 */
public final class DrawnLoads {
  private static final long SEED = 0x2545F4914F6CDD1DL;

  private DrawnLoads() {}

  /**
   * Share of the tokens that choose each expert, by step and expert.
   *
   * @param frequency the means, length E
   * @param tokens how many independent tokens move a step's loads as much as it has: its tokens,
   *     fewer where those of a sequence are alike
   * @param layer whose draws these are: the same layer has the same ones
   */
  public static double[][] of(double[] frequency, double tokens, int steps, int layer) {
    SplitMix64 random = SplitMix64.stream(SEED, layer);
    double chosen = sum(frequency);
    double[][] drawn = new double[steps][frequency.length];
    for (double[] step : drawn) {
      for (int e = 0; e < step.length; e++) {
        double share = Math.min(1, frequency[e]);
        double deviation = Math.sqrt(share * (1 - share) / tokens);
        step[e] = Math.max(0, frequency[e] + deviation * random.nextNormal());
      }
      double scale = chosen / Math.max(Double.MIN_NORMAL, sum(step));
      for (int e = 0; e < step.length; e++) {
        step[e] *= scale;
      }
    }
    return drawn;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }
}
