package dev.rackplan.cost.economics;

/**
 * What a model costs over its life, and what prices say about it, on the back of an envelope: pure
 * functions of plain numbers.
 *
 * <p>Source, where nothing else is named: the lecture "The math behind how LLMs are trained and
 * served" (R. Pope with D. Patel, 2026-04-29). A relative MFU is the FLOP utilisation of decoding
 * over that of training, about 0.3.
 */
public final class LifetimeEconomics {
  private LifetimeEconomics() {}

  /** {@code 6·N·D}: 2 forward, 4 backward per parameter and token. */
  public static double trainingFlops(double activeParameters, double tokens) {
    return 6 * activeParameters * tokens;
  }

  /**
   * {@code D_pre = D_RL·f / (6·relative MFU)}: pretraining tokens that cost as much as the RL
   * tokens.
   */
  public static double pretrainingTokensEqualToReinforcement(
      double reinforcementTokens, double flopsPerParameter, double relativeMfu) {
    return reinforcementTokens * flopsPerParameter / (6 * relativeMfu);
  }

  /**
   * {@code D_pre = D_inf·2 / (6·relative MFU)}: pretraining tokens that cost as much as the tokens
   * served.
   */
  public static double pretrainingTokensEqualToInference(
      double inferenceTokens, double relativeMfu) {
    return inferenceTokens * 2 / (6 * relativeMfu);
  }

  /**
   * {@code 20·N_active}: training tokens that are compute-optimal where training is the only cost.
   * Source: Hoffmann et al. 2022 (Chinchilla).
   */
  public static double chinchillaTokens(double activeParameters) {
    return 20 * activeParameters;
  }

  /** Training tokens over {@link #chinchillaTokens}. */
  public static double overTrainingRatio(double trainingTokens, double activeParameters) {
    return trainingTokens / chinchillaTokens(activeParameters);
  }

  /**
   * {@code prefill MFU / r}: the MFU of decoding that an output price r times the input price gives
   * away.
   */
  public static double decodeMfuFromPriceRatio(double prefillMfu, double outputOverInputPrice) {
    return prefillMfu / outputOverInputPrice;
  }

  /** {@code prefill seconds · $/s}: USD for computing a cache again. */
  public static double cacheRecomputeUsd(double prefillSeconds, double usdPerSecond) {
    return prefillSeconds * usdPerSecond;
  }

  /**
   * The tier to hold a cache in: the one whose drain time (capacity over bandwidth) is nearest the
   * hold time, as a ratio. There holding costs as much as retrieving.
   *
   * @param drainSeconds drain time per tier, each > 0
   * @param holdSeconds time until the cache is read again, > 0
   * @return index into {@code drainSeconds}; the first of equals
   */
  public static int cacheTier(double[] drainSeconds, double holdSeconds) {
    int nearest = 0;
    for (int tier = 1; tier < drainSeconds.length; tier++) {
      if (distance(drainSeconds[tier], holdSeconds)
          < distance(drainSeconds[nearest], holdSeconds)) {
        nearest = tier;
      }
    }
    return nearest;
  }

  private static double distance(double drainSeconds, double holdSeconds) {
    return Math.abs(StrictMath.log(drainSeconds / holdSeconds));
  }
}
