package dev.rackplan.serving;

/**
 * What a cluster costs in an hour, and who pays for it: each kind of token by the GPU time that it
 * takes, idle GPUs apart. What is paid for tokens and for idle GPUs sums up to the whole.
 *
 * @param promptUsdPerHour of GPU time that reads prompts
 * @param answerUsdPerHour of GPU time that writes answers
 * @param idleUsdPerHour of GPUs in no instance
 * @param cachedShare of {@code promptUsdPerHour}: what attending to cached tokens takes
 * @param requests that are served, and how long they are
 */
public record Bill(
    double promptUsdPerHour,
    double answerUsdPerHour,
    double idleUsdPerHour,
    double cachedShare,
    Requests requests) {
  private static final double SECONDS_PER_HOUR = 3600;
  private static final double MILLION = 1e6;

  /**
   * Equal requests.
   *
   * @param perSecond how many
   * @param computedTokens of a prompt, without those that are cached
   * @param cachedTokens of a prompt
   * @param outputTokens of an answer
   */
  public record Requests(
      double perSecond, double computedTokens, double cachedTokens, double outputTokens) {
    private double perHour() {
      return perSecond * SECONDS_PER_HOUR;
    }
  }

  /** All GPUs. */
  public double usdPerHour() {
    return promptUsdPerHour + answerUsdPerHour + idleUsdPerHour;
  }

  /** Per million tokens of prompts that are computed. */
  public double usdPerMillionInputTokens() {
    return perMillion((1 - cachedShare) * promptUsdPerHour, requests.computedTokens());
  }

  /** Per million tokens of prompts that are found in a cache; 0 where there are none. */
  public double usdPerMillionCachedTokens() {
    return requests.cachedTokens() == 0
        ? 0
        : perMillion(cachedShare * promptUsdPerHour, requests.cachedTokens());
  }

  /** Per million tokens of answers. */
  public double usdPerMillionOutputTokens() {
    return perMillion(answerUsdPerHour, requests.outputTokens());
  }

  private double perMillion(double usdPerHour, double tokensEach) {
    return MILLION * usdPerHour / (requests.perHour() * tokensEach);
  }

  /** Of one request, its share of idle GPUs included. */
  public double usdPerRequest() {
    return usdPerHour() / requests.perHour();
  }

  /** Tokens of answers per USD of the whole; infinite where GPUs cost nothing. */
  public double outputTokensPerUsd() {
    return requests.perHour() * requests.outputTokens() / usdPerHour();
  }

  /**
   * Tokens of answers per MWh.
   *
   * @param watts of all GPUs, with their share of hosts, network and cooling
   */
  public double outputTokensPerMegawattHour(double watts) {
    return requests.perHour() * requests.outputTokens() / (watts / MILLION);
  }
}
