package dev.rackplan.cost.operation;

/**
 * The roofline of one forward pass, on the back of an envelope: pure functions of plain numbers,
 * kept apart from the layered cost model.
 *
 * <p>Source, where nothing else is named: the lecture "The math behind how LLMs are trained and
 * served" (R. Pope with D. Patel, 2026-04-29). All results are lower bounds. Left out: attention
 * FLOPs, communication, imbalance. FLOP/s are dense, at the dtype of the weights; bandwidths in
 * bytes/s; weights in elements.
 */
public final class Roofline {
  private Roofline() {}

  /** {@code t_compute = 2·B·N_active / F}, in s. */
  public static double computeSeconds(
      double batch, double activeParameters, double flopsPerSecond) {
    return 2 * batch * activeParameters / flopsPerSecond;
  }

  /** Weights part of {@code t_memory}: {@code N·w / W}, in s; it does not grow with the batch. */
  public static double weightSeconds(
      double parameters, double bytesPerWeight, double bytesPerSecond) {
    return parameters * bytesPerWeight / bytesPerSecond;
  }

  /** KV part of {@code t_memory}: {@code B·ctx·kv / W}, in s. */
  public static double kvSeconds(
      double batch, double contextTokens, double kvBytesPerToken, double bytesPerSecond) {
    return batch * contextTokens * kvBytesPerToken / bytesPerSecond;
  }

  /**
   * {@code t = max(t_compute, t_weights + t_kv)}, in s: weights and KV share the memory, compute
   * overlaps with both.
   */
  public static double stepSeconds(double computeSeconds, double weightSeconds, double kvSeconds) {
    return Math.max(computeSeconds, weightSeconds + kvSeconds);
  }

  /**
   * {@code t/B} priced: USD per million tokens of a step that yields {@code batch} tokens on
   * hardware rented at {@code usdPerHour}.
   */
  public static double usdPerMillionTokens(double stepSeconds, double batch, double usdPerHour) {
    return stepSeconds / batch * usdPerHour / 3600 * 1e6;
  }

  /**
   * {@code F·w / 2W}: multiplies/s × bytes per weight over bytes/s; about 300 on H100.
   *
   * @param flopsPerSecond F, a multiply and an add counted as two
   */
  public static double hardwareFactor(
      double flopsPerSecond, double bytesPerWeight, double bytesPerSecond) {
    return flopsPerSecond * bytesPerWeight / (2 * bytesPerSecond);
  }

  /**
   * {@code B* = hardware factor · N_total/N_active}: sequences at which compute takes as long as
   * reading the weights.
   */
  public static double balanceBatch(
      double hardwareFactor, double totalParameters, double activeParameters) {
    return hardwareFactor * totalParameters / activeParameters;
  }

  /**
   * {@code E·(1-(1-k/E)^B)}: experts of a layer that a batch reads. Derived: each token's choice of
   * k from E taken as even and independent of the others'.
   *
   * @param batch tokens
   */
  public static double expectedDistinctExperts(
      double experts, double expertsPerToken, double batch) {
    return experts * activeChance(expertsPerToken / experts, batch);
  }

  /**
   * {@code 1-(1-f)^B}: chance that at least one of B independent tokens chooses an expert.
   *
   * @param share f, of the tokens that choose it, at least 0; above 1 counts as 1
   * @param tokens B, at least 0
   */
  public static double activeChance(double share, double tokens) {
    // Beyond 40 expected tokens the chance of none, below e^-40, is lost in rounding.
    return share * tokens > 40 ? 1 : 1 - idleChance(share, tokens);
  }

  /** {@code (1-f)^B}: chance that no token chooses it; as {@link #activeChance}. */
  public static double idleChance(double share, double tokens) {
    return StrictMath.pow(1 - Math.min(1, share), tokens);
  }

  /**
   * {@code capacity / W}, in s: reading the whole memory once. A batch may leave once per drain.
   */
  public static double drainSeconds(double capacityBytes, double bytesPerSecond) {
    return capacityBytes / bytesPerSecond;
  }

  /**
   * {@code 2 · drain}, in s: a request that just missed a batch waits for one drain and is served
   * in the next.
   */
  public static double worstQueueAndServiceSeconds(double drainSeconds) {
    return 2 * drainSeconds;
  }

  /**
   * {@code ctx* = 2·N_active·W / (F·kv)}: tokens of context at which reading KV takes as long as
   * compute, at large batch.
   */
  public static double contextCrossoverTokens(
      double activeParameters,
      double kvBytesPerToken,
      double flopsPerSecond,
      double bytesPerSecond) {
    return 2 * activeParameters * bytesPerSecond / (flopsPerSecond * kvBytesPerToken);
  }

  /**
   * {@code kv = N_active·w / (hardware factor · ctx*)}: KV bytes per token that a price step at
   * {@code contextTokens} gives away. The lecture takes w = 1.
   *
   * <p>The same as {@code 2·N_active·W / (F·ctx*)}, the inverse of {@link #contextCrossoverTokens}.
   */
  public static double kvBytesFromPriceStep(
      double activeParameters, double bytesPerWeight, double hardwareFactor, double contextTokens) {
    return activeParameters * bytesPerWeight / (hardwareFactor * contextTokens);
  }

  /**
   * {@code (W_out/W_up) · activated experts · layers per stage · 2}: scale-up time over scale-out
   * time of racks in a pipeline; from 1 on the stage boundary is not the bottleneck. The 2 is
   * dispatch and combine.
   *
   * @param scaleOutOverScaleUp W_out/W_up, typically 1/8
   */
  public static double rackPipelineRatio(
      double scaleOutOverScaleUp, double activatedExperts, double layersPerStage) {
    return scaleOutOverScaleUp * activatedExperts * layersPerStage * 2;
  }

  /**
   * {@code 1 - 1/R}: share of expert traffic that leaves its domain when one expert layer is spread
   * evenly over {@code domains}. Derived.
   */
  public static double fractionLeavingDomain(double domains) {
    return 1 - 1 / domains;
  }

  /** {@code N_total·w / (E·P)}: weight bytes on one GPU. */
  public static double weightBytesPerGpu(
      double totalParameters, double bytesPerWeight, double expertParallel, double pipelineStages) {
    return totalParameters * bytesPerWeight / (expertParallel * pipelineStages);
  }

  /**
   * {@code B·ctx·kv / (E·P)} with {@code B = P·b} sequences in flight, so {@code b·ctx·kv / E}: KV
   * bytes on one GPU. P cancels, because P stages need P micro-batches in flight.
   *
   * @param sequencesPerMicroBatch b
   */
  public static double kvBytesPerGpu(
      double sequencesPerMicroBatch,
      double contextTokens,
      double kvBytesPerToken,
      double expertParallel,
      double pipelineStages) {
    double sequences = pipelineStages * sequencesPerMicroBatch;
    return sequences * contextTokens * kvBytesPerToken / (expertParallel * pipelineStages);
  }
}
