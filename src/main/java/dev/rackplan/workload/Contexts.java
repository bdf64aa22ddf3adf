package dev.rackplan.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How long the sequences' contexts are.
 *
 * @param tokens mean tokens of a sequence's context (decode), of a prompt, its cached part included
 *     (prefill), of a sequence (training)
 * @param variation coefficient of variation of these lengths: standard deviation over mean, in
 *     0..{@value #MOST_VARIATION}; 0 = all alike
 * @param tokensP99 context that 99 of 100 sequences stay within; empty = as the variation says
 * @param cachedTokens mean tokens of a prompt whose KV cache is found and not computed again; the
 *     same share of every prompt; 0 but in prefill
 * @param answerTokens tokens by which a context grows while it is answered, in 0..2·tokens: running
 *     requests are at all points of their answers alike, so contexts spread evenly over {@code
 *     tokens ± answerTokens/2}; 0 = not known, and but in decode
 */
public record Contexts(
    double tokens,
    double variation,
    OptionalDouble tokensP99,
    double cachedTokens,
    double answerTokens) {
  /** Beyond it the mean of a log-normal distribution says little. */
  public static final double MOST_VARIATION = 5;

  // 99% quantile of the standard normal distribution.
  private static final double Z99 = 2.3263;

  // Standard deviations of the normal distribution that lengths are taken at: the trapezoidal rule
  // on a bell curve errs by less than rounding at this step where what is averaged is smooth, and
  // by up to 1.3% at a variation of 1.4 where it has a bend, as at the end of a window. The upper
  // end leaves room for weights
  // by length and by its square, which move the bell by up to 2·1.81.
  private static final double STEP = 0.5;
  private static final double LOWEST = -6;
  private static final double HIGHEST = 10;

  public Contexts {
    if (!(tokens > 0) || Double.isInfinite(tokens)) {
      throw new IllegalArgumentException("contextTokens must be > 0, was " + tokens);
    }
    if (!(variation >= 0 && variation <= MOST_VARIATION)) {
      throw new IllegalArgumentException(
          "contextVariation must be in 0.." + MOST_VARIATION + ", was " + variation);
    }
    if (tokensP99.isPresent()
        && !(tokensP99.getAsDouble() >= tokens
            && tokensP99.getAsDouble() < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "contextTokensP99 must be >= contextTokens, was " + tokensP99.getAsDouble());
    }
    if (!(cachedTokens >= 0 && cachedTokens < tokens)) {
      throw new IllegalArgumentException(
          "cachedTokens must be in 0.." + tokens + ", was " + cachedTokens);
    }
    if (!(answerTokens >= 0 && answerTokens <= 2 * tokens)) {
      throw new IllegalArgumentException(
          "answerTokens must be in 0.." + 2 * tokens + ", was " + answerTokens);
    }
  }

  /** Of answers whose length is not known. */
  public Contexts(double tokens, double variation, OptionalDouble tokensP99, double cachedTokens) {
    this(tokens, variation, tokensP99, cachedTokens, 0);
  }

  /** Contexts of one length, memory kept for it, nothing cached. */
  public static Contexts of(double tokens) {
    return new Contexts(tokens, 0, OptionalDouble.empty(), 0);
  }

  /** The same contexts, which grow by {@code other} tokens while they are answered. */
  public Contexts withAnswerTokens(double other) {
    return new Contexts(tokens, variation, tokensP99, cachedTokens, other);
  }

  /**
   * Coefficient of variation of the contexts of running requests, whose lengths and whose progress
   * differ: an even spread over a has a variance of a²/12.
   */
  public double runningVariation() {
    double progress = answerTokens / tokens;
    return Math.sqrt(variation * variation + progress * progress / 12);
  }

  /** Tokens of a prompt that are computed, in the mean. */
  public double computedTokens() {
    return tokens - cachedTokens;
  }

  /**
   * Tokens of context that memory holds for each of {@code sequences} in one cache: their sum stays
   * within them 99 times of 100. The sum is taken as normal, so each needs {@code mean +
   * z·deviation/√n}, which is never more than one sequence alone where that is known. The product
   * with {@code sequences} rises.
   */
  public double heldTokens(double sequences) {
    double alone = tokensP99.orElse(Double.POSITIVE_INFINITY);
    return Math.min(alone, tokens + Z99 * deviation() / Math.sqrt(Math.max(1, sequences)));
  }

  // As given, or what the 99% quantile of one sequence tells.
  private double deviation() {
    return variation > 0 || tokensP99.isEmpty()
        ? variation * tokens
        : (tokensP99.getAsDouble() - tokens) / Z99;
  }

  /** The same lengths times {@code factor}, the cached share kept. */
  public Contexts times(double factor) {
    return new Contexts(
        tokens * factor,
        variation,
        tokensP99.isPresent()
            ? OptionalDouble.of(tokensP99.getAsDouble() * factor)
            : OptionalDouble.empty(),
        cachedTokens * factor,
        answerTokens * factor);
  }

  /** The same lengths, of which {@code other} tokens are cached in the mean. */
  public Contexts withCachedTokens(double other) {
    return new Contexts(tokens, variation, tokensP99, other, answerTokens);
  }

  /** The same means, with other variation. */
  public Contexts withVariation(double other) {
    return new Contexts(tokens, other, tokensP99, cachedTokens, answerTokens);
  }

  /**
   * Some sequences of one length.
   *
   * @param relative their length over the mean
   * @param share of all sequences; {@code share·relative} is their share of all tokens
   */
  public record Length(double relative, double share) {}

  /**
   * The lengths as a log-normal distribution with this mean and variation, at points whose shares
   * sum to 1 and whose mean is 1; one point where all are alike.
   */
  public List<Length> lengths() {
    if (variation == 0) {
      return List.of(new Length(1, 1));
    }
    double variance = StrictMath.log1p(variation * variation);
    double deviation = Math.sqrt(variance);
    List<Length> lengths = new ArrayList<>();
    double shares = 0;
    double mean = 0;
    for (double z = LOWEST; z <= HIGHEST; z += STEP) {
      Length length =
          new Length(StrictMath.exp(deviation * z - variance / 2), StrictMath.exp(-z * z / 2));
      lengths.add(length);
      shares += length.share();
      mean += length.share() * length.relative();
    }
    double all = shares;
    double scale = mean / shares;
    return lengths.stream()
        .map(length -> new Length(length.relative() / scale, length.share() / all))
        .toList();
  }
}
