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
 * @param requestsPerSecond that must be kept up with on as few GPUs as it takes; empty = as many as
 *     the GPUs can
 */
public record Goal(
    double inputTokens,
    double cachedTokens,
    double outputTokens,
    OptionalDouble ttftSeconds,
    OptionalDouble tpotSeconds,
    OptionalDouble requestsPerSecond) {
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
  }

  /** Tokens of a prompt that are computed. */
  public double computedTokens() {
    return inputTokens - cachedTokens;
  }

  /** Tokens of an answer after the first. */
  public double laterTokens() {
    return Math.max(0, outputTokens - 1);
  }
}
