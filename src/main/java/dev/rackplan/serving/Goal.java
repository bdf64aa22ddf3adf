package dev.rackplan.serving;

import java.util.OptionalDouble;

/**
 * What a deployment is asked for.
 *
 * @param inputTokens of a prompt, its cached part included
 * @param cachedTokens of a prompt whose KV cache is found
 * @param outputTokens of an answer, the first one included
 * @param ttftSeconds most mean time to first token; empty = any
 * @param tpotSeconds most mean time per output token; empty = any
 * @param requestsPerSecond that must be kept up with; empty = as many as the GPUs can
 * @param concurrency requests that are served at a time, instead of a rate; empty = any
 * @param aim what makes one deployment better than another
 */
public record Goal(
    double inputTokens,
    double cachedTokens,
    double outputTokens,
    OptionalDouble ttftSeconds,
    OptionalDouble tpotSeconds,
    OptionalDouble requestsPerSecond,
    OptionalDouble concurrency,
    Aim aim) {

  /** What makes one deployment better than another. */
  public enum Aim {
    /** Most requests per second. */
    THROUGHPUT,
    /** Fewest GPUs. */
    GPUS,
    /** Fewest USD per million tokens; where prices are unknown, most tokens per second and GPU. */
    COST
  }

  public Goal {
    if (!(inputTokens >= 1 && outputTokens >= 1)) {
      throw new IllegalArgumentException(
          "inputTokens and outputTokens must be >= 1, were "
              + inputTokens
              + " and "
              + outputTokens);
    }
    if (!(cachedTokens >= 0 && cachedTokens < inputTokens)) {
      throw new IllegalArgumentException(
          "cachedTokens must be in 0.." + inputTokens + ", was " + cachedTokens);
    }
    if (requestsPerSecond.isPresent() && concurrency.isPresent()) {
      throw new IllegalArgumentException("requestsPerSecond and concurrency exclude each other");
    }
  }

  /** The most requests within the limits, or the fewest GPUs for a rate. */
  public Goal(
      double inputTokens,
      double cachedTokens,
      double outputTokens,
      OptionalDouble ttftSeconds,
      OptionalDouble tpotSeconds,
      OptionalDouble requestsPerSecond) {
    this(
        inputTokens,
        cachedTokens,
        outputTokens,
        ttftSeconds,
        tpotSeconds,
        requestsPerSecond,
        OptionalDouble.empty(),
        requestsPerSecond.isPresent() ? Aim.GPUS : Aim.THROUGHPUT);
  }

  /** The same limits, with the most requests. */
  Goal most() {
    OptionalDouble none = OptionalDouble.empty();
    return new Goal(
        inputTokens,
        cachedTokens,
        outputTokens,
        ttftSeconds,
        tpotSeconds,
        none,
        none,
        Aim.THROUGHPUT);
  }

  /** The same with another limit of the TTFT. */
  Goal withTtft(double seconds) {
    return new Goal(
        inputTokens,
        cachedTokens,
        outputTokens,
        OptionalDouble.of(seconds),
        tpotSeconds,
        requestsPerSecond,
        concurrency,
        aim);
  }

  /** The same with its limits so many times as long. */
  public Goal scaled(double ttft, double tpot) {
    return new Goal(
        inputTokens,
        cachedTokens,
        outputTokens,
        ttftSeconds.isPresent() ? OptionalDouble.of(ttft * ttftSeconds.getAsDouble()) : ttftSeconds,
        tpotSeconds.isPresent() ? OptionalDouble.of(tpot * tpotSeconds.getAsDouble()) : tpotSeconds,
        requestsPerSecond,
        concurrency,
        aim);
  }

  /** Whether a rate or a concurrency is asked for, instead of the most. */
  public boolean asked() {
    return requestsPerSecond.isPresent() || concurrency.isPresent();
  }

  /** Tokens of a prompt that are computed. */
  public double computedTokens() {
    return inputTokens - cachedTokens;
  }

  /** Tokens of an answer after the first. */
  public double laterTokens() {
    return Math.max(0, outputTokens - 1);
  }

  /** From a request to its last token, in s. */
  double staySeconds(double ttft, double tpot) {
    return ttft + laterTokens() * tpot;
  }
}
