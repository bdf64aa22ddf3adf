package dev.rackplan.cost.economics;

/**
 * A model's life in three shares of equal cost: pretraining, reinforcement learning, inference. The
 * served tokens fix the other two.
 *
 * <p>Source: {@link LifetimeEconomics}.
 *
 * @param activeParameters weights in elements that a token uses
 * @param servedTokens tokens served over the model's life
 * @param flopsPerParameter FLOPs per parameter and token of reinforcement learning, 2 to 6
 * @param relativeMfu FLOP utilisation of decoding over that of training, in (0, 1]
 */
public record LifetimeSplit(
    double activeParameters, double servedTokens, double flopsPerParameter, double relativeMfu) {
  public LifetimeSplit {
    if (!(activeParameters > 0) || !(servedTokens > 0)) {
      throw new IllegalArgumentException(
          "activeParameters and servedTokens must be > 0, were "
              + activeParameters
              + " and "
              + servedTokens);
    }
    if (!(flopsPerParameter >= 2 && flopsPerParameter <= 6)) {
      throw new IllegalArgumentException(
          "flopsPerParameter must be in 2..6, was " + flopsPerParameter);
    }
    if (!(relativeMfu > 0 && relativeMfu <= 1)) {
      throw new IllegalArgumentException("relativeMfu must be in (0, 1], was " + relativeMfu);
    }
  }

  /** Tokens to pretrain on at the cost of serving. */
  public double pretrainingTokens() {
    return LifetimeEconomics.pretrainingTokensEqualToInference(servedTokens, relativeMfu);
  }

  /** Tokens of reinforcement learning at the same cost. */
  public double reinforcementTokens() {
    return pretrainingTokens() * 6 * relativeMfu / flopsPerParameter;
  }

  /** FLOPs of each share; those that decode are counted as what training does in the time. */
  public double shareFlops() {
    return LifetimeEconomics.trainingFlops(activeParameters, pretrainingTokens());
  }

  /** Pretraining tokens over the compute-optimal number. */
  public double overTraining() {
    return LifetimeEconomics.overTrainingRatio(pretrainingTokens(), activeParameters);
  }
}
