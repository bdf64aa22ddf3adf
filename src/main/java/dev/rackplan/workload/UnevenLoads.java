package dev.rackplan.workload;

/**
 * Routing of a kind of traffic that was not recorded: expert loads as uneven as recorded ones are,
 * dealt to the experts of each layer in a seeded order.
 *
 * <p>The loads of E experts are the quantiles (i + 0.5)/E, i = 0..E-1, of a gamma distribution with
 * coefficient of variation v. Of the usual shapes it meets recorded loads best: log-normal loads of
 * the same v leave too few experts nearly idle, a power law has too many. Source: docs/decisions/
 * 0023-expected-slowest-rank.md.
 *
 * @param variation v, standard deviation over mean, in 0..{@value #MOST_VARIATION}; 0 = all alike
 * @param seed order of the experts; any value
 */
public record UnevenLoads(double variation, long seed) {
  /**
   * Measured: v of all recorded workloads of a model mixed, median over its layers, is 0.53
   * (OLMoE-1B-7B, 6 corpora), 0.77 (gpt-oss-20b, 22 workloads) and 1.11 (Qwen3-30B-A3B, 8
   * workloads); the median of the three. Of single workloads 0.40 to 1.95.
   */
  public static final double USUAL_VARIATION = 0.77;

  /** Beyond it most experts are never chosen. */
  public static final double MOST_VARIATION = 3;

  private static final int HALVINGS = 80;
  private static final double SERIES_END = 1e-14;

  public UnevenLoads {
    if (!(variation >= 0 && variation <= MOST_VARIATION)) {
      throw new IllegalArgumentException(
          "variation must be in 0.." + MOST_VARIATION + ", was " + variation);
    }
  }

  /**
   * Routing of one MoE layer.
   *
   * @param layer MoE layer, counted from 0; decides the order together with the seed
   * @param experts routed experts E
   * @param expertsPerToken k
   */
  public LayerRouting layer(int layer, int experts, int expertsPerToken) {
    return LayerRouting.dealt(loads(experts), seed, layer, expertsPerToken);
  }

  /** Ascending loads around 1, before they are dealt. */
  double[] loads(int experts) {
    double[] loads = new double[experts];
    for (int i = 0; i < experts; i++) {
      loads[i] = variation == 0 ? 1 : quantile((i + 0.5) / experts);
    }
    return loads;
  }

  // Of the gamma distribution with mean 1: the share below rises with the value, so halving an
  // interval finds it.
  private double quantile(double share) {
    double shape = 1 / (variation * variation);
    double logOfGamma = logOfGamma(shape);
    double low = 0;
    double high = shape + 40 * Math.sqrt(shape) + 40;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (shareBelow(middle, shape, logOfGamma) < share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2 / shape;
  }

  // Series of the lower incomplete gamma function, over the whole (Abramowitz and Stegun 6.5.29).
  private static double shareBelow(double value, double shape, double logOfGamma) {
    double term = 1 / shape;
    double sum = term;
    for (double n = shape + 1; term > sum * SERIES_END; n++) {
      term *= value / n;
      sum += term;
    }
    return sum * StrictMath.exp(shape * StrictMath.log(value) - value - logOfGamma);
  }

  // ln Γ(a), by Stirling's series from 8 on (Abramowitz and Stegun 6.1.41) and Γ(a+1) = a·Γ(a).
  private static double logOfGamma(double a) {
    double below = 0;
    double at = a;
    while (at < 8) {
      below += StrictMath.log(at);
      at++;
    }
    double inverse = 1 / at;
    double square = inverse * inverse;
    double series =
        inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    return (at - 0.5) * StrictMath.log(at)
        - at
        + 0.5 * StrictMath.log(2 * Math.PI)
        + series
        - below;
  }
}
