package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.Roofline;

/**
 * How the loads of a stage's GPUs move from step to step: of a GPU that holds an average share of a
 * MoE layer's experts, the standard deviations of what it computes in one step.
 *
 * <p>A token chooses expert e with chance f_e and k experts in all. Over all ways to deal E experts
 * evenly to G GPUs the variance of the pairs that a token brings to a GPU is {@code Σ f_e(1 - f_e)
 * · (1 - 1/G)·E/(E - 1)/G} in the mean, whichever experts are chosen together: what experts of one
 * GPU have in common those of different GPUs lack, since k is fixed. Likewise for active experts,
 * {@code a_e = 1 - (1 - f_e)^N} in place of f_e. Tokens of different sequences choose
 * independently; those of one sequence alike, which {@link ScenarioLayer#likeness} says: each pair
 * of them adds that share of a token's variance.
 *
 * <p>Source: sampling without replacement; docs/decisions/0023-expected-slowest-rank.md, with the
 * errors against drawn batches. Left out: that the loads of a placement's GPUs vary more where they
 * are higher; that replicas share what varies.
 *
 * @param pairs (token, expert) pairs of the average GPU at a time
 * @param active its active experts at a time
 * @param pairsDeviation standard deviation of its pairs
 * @param activeDeviation standard deviation of its active experts
 * @param pairsSkewness of its pairs
 * @param activeSkewness of its active experts
 * @param mostPairs that it can get
 * @param mostActive its share of the experts
 */
public record StepLoads(
    double pairs,
    double active,
    double pairsDeviation,
    double activeDeviation,
    double pairsSkewness,
    double activeSkewness,
    double mostPairs,
    double mostActive) {
  // Beyond it the expansion by skewness overshoots: loads have a largest value.
  private static final double MOST_SKEWNESS = 1;

  /**
   * Of one layer under one scenario.
   *
   * @param gpus G that experts are dealt to
   * @param tokens N that one reading of the experts serves
   * @param perSequence tokens of one sequence among them, at least 1
   */
  public static StepLoads of(ScenarioLayer routing, int gpus, double tokens, double perSequence) {
    double[] frequency = new double[routing.experts()];
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = routing.frequency(e);
    }
    return of(
        frequency,
        routing.idleShares(tokens),
        routing.expertsPerToken(),
        routing.likeness(),
        gpus,
        tokens,
        perSequence);
  }

  /**
   * As above.
   *
   * @param frequency f_e, share of the tokens that choose each expert
   * @param expertsPerToken k
   * @param likeness as {@link ScenarioLayer#likeness}
   */
  public static StepLoads of(
      double[] frequency,
      int expertsPerToken,
      double likeness,
      int gpus,
      double tokens,
      double perSequence) {
    double[] idle = new double[frequency.length];
    for (int e = 0; e < idle.length; e++) {
      idle[e] = Roofline.idleChance(frequency[e], tokens);
    }
    return of(frequency, idle, expertsPerToken, likeness, gpus, tokens, perSequence);
  }

  private static StepLoads of(
      double[] frequency,
      double[] idleShares,
      int expertsPerToken,
      double likeness,
      int gpus,
      double tokens,
      double perSequence) {
    double variance = 0;
    double third = 0;
    double active = 0;
    double activeVariance = 0;
    double activeThird = 0;
    for (int e = 0; e < frequency.length; e++) {
      double chosen = Math.min(1, frequency[e]);
      double idle = idleShares[e];
      variance += chosen * (1 - chosen);
      third += chosen * (1 - chosen) * (1 - 2 * chosen);
      active += 1 - idle;
      activeVariance += idle * (1 - idle);
      activeThird += idle * (1 - idle) * (2 * idle - 1);
    }
    double held = frequency.length / (double) gpus;
    double dealt = dealtShare(frequency.length, gpus);
    double together = 1 + (perSequence - 1) * likeness;
    double deviation = Math.sqrt(tokens * variance * dealt * together);
    double activeDeviation = Math.sqrt(activeVariance * dealt);
    double oneSided = 1 - 2.0 / gpus;
    return new StepLoads(
        tokens * expertsPerToken / gpus,
        active / gpus,
        deviation,
        activeDeviation,
        skewness(third * oneSided * together, variance * deviation),
        skewness(activeThird * oneSided, activeVariance * activeDeviation),
        tokens * Math.min(expertsPerToken, Math.max(1, held)),
        held);
  }

  private static double skewness(double third, double cube) {
    return cube > 0 ? Math.max(0, Math.min(MOST_SKEWNESS, third / cube)) : 0;
  }

  // Of the sum over experts of a variance, what one of the GPUs has; none where it has all experts.
  private static double dealtShare(double experts, double gpus) {
    return gpus <= 1 || experts <= 1
        ? 0
        : Math.min(1, (1 - 1 / gpus) * experts / (experts - 1)) / gpus;
  }

  /** How far the slowest of GPUs with these {@code prices} is expected above others. */
  public SlowestRank slowestRank(ExpertPrice[] prices) {
    NormalMaximum largest = NormalMaximum.of(prices.length);
    double sum = 0;
    double excess = 0;
    for (int g = 0; g < prices.length; g++) {
      excess = g > 0 && prices[g] == prices[g - 1] ? excess : excessSeconds(prices[g], largest);
      sum += excess;
    }
    return SlowestRank.of(sum / prices.length, prices.length);
  }

  // With the largest of both together, since a GPU with more pairs has more experts to read; never
  // less of either with more tokens.
  private double excessSeconds(ExpertPrice price, NormalMaximum largest) {
    return price.seconds(largestPairs(largest), largestActive(largest))
        - price.seconds(pairs, active);
  }

  private double largestPairs(NormalMaximum largest) {
    double expected = pairs + largest.deviations(pairsSkewness) * pairsDeviation;
    return Math.max(pairs, Math.min(mostPairs, expected));
  }

  private double largestActive(NormalMaximum largest) {
    double expected = active + largest.deviations(activeSkewness) * activeDeviation;
    return Math.max(active, Math.min(mostActive, expected));
  }
}
