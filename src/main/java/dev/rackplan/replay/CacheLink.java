package dev.rackplan.replay;

import java.util.function.DoubleUnaryOperator;

/**
 * How a prompt's KV cache gets from the rank that read it to the rank that decodes. One after the
 * other on each side, by the narrower of the two.
 *
 * @param bytes of a prompt's cache by its tokens
 * @param sentBytesPerSecond of one rank that reads prompts
 * @param takenBytesPerSecond of one rank that decodes
 */
public record CacheLink(
    DoubleUnaryOperator bytes, double sentBytesPerSecond, double takenBytesPerSecond) {
  /** Of one prompt alone, in s. */
  double seconds(int promptTokens) {
    return bytes.applyAsDouble(promptTokens) / Math.min(sentBytesPerSecond, takenBytesPerSecond);
  }
}
