package dev.rackplan.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * Synthetic routing: expert loads drawn from a power law, dealt to the experts of each layer in a
 * seeded order.
 *
 * <p>The loads of E experts are the quantiles u = (i + 0.5)/E, i = 0..E-1, of the density p(x) ∝
 * x^-alpha on [1, 4096]:
 *
 * <pre>x(u) = (1 + u·(4096^(1-alpha) - 1))^(1/(1-alpha)),   alpha = 1: x(u) = 4096^u</pre>
 *
 * <p>The form is that of AIConfigurator's power-law token distribution. The range is
 * <em>assumed</em>: alpha 1.01 with 256 experts gives a hottest expert of 8.45 times the mean, (max
 * - mean)/mean = 7.4; TensorRT-LLM measured 10.9 by expert for DeepSeek-R1 on machine translation
 * data, a strongly skewed load. Stratified quantiles, not random draws, so every layer has the same
 * loads and only their order differs. Left out: which experts are chosen together.
 *
 * @param alpha exponent, ≥ 0; 0 spreads loads evenly over the range, larger is more skewed up to
 *     about 2 and then flatter, as most experts fall to the lower end
 * @param seed order of the experts; any value
 */
public record PowerLaw(double alpha, long seed) {
  /** Largest load over the smallest possible; assumed. */
  private static final double RANGE = 4096;

  public PowerLaw {
    if (!(alpha >= 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException("alpha must be >= 0, was " + alpha);
    }
  }

  /**
   * Routing of {@code layers} MoE layers that are alike.
   *
   * @param name as shown in reports
   * @param weight share of the tokens of its scenario, in (0, 1]
   * @param experts routed experts E
   * @param expertsPerToken k
   */
  public RoutingProfile profile(
      String name, double weight, int experts, int expertsPerToken, int layers) {
    List<LayerRouting> routings = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      routings.add(layer(layer, experts, expertsPerToken));
    }
    return new RoutingProfile(name, weight, routings);
  }

  /**
   * Routing of one MoE layer.
   *
   * @param layer MoE layer, counted from 0; decides the order together with the seed
   */
  public LayerRouting layer(int layer, int experts, int expertsPerToken) {
    return LayerRouting.dealt(loads(experts), seed, layer, expertsPerToken);
  }

  /** Ascending loads in [1, 4096], before they are dealt. */
  double[] loads(int experts) {
    double[] loads = new double[experts];
    double exponent = 1 - alpha;
    for (int i = 0; i < experts; i++) {
      double quantile = (i + 0.5) / experts;
      double logRange = StrictMath.log(RANGE);
      // expm1 and log1p keep their digits where alpha is near 1.
      double logLoad =
          exponent == 0
              ? quantile * logRange
              : StrictMath.log1p(quantile * StrictMath.expm1(exponent * logRange)) / exponent;
      loads[i] = StrictMath.exp(logLoad);
    }
    return loads;
  }
}
