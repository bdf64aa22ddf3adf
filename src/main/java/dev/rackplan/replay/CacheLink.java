package dev.rackplan.replay;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * How a prompt's KV cache gets from the rank that read it to the rank that decodes. One after the
 * other on each side, by the narrower of the two.
 *
 * @param bytes of a prompt's cache by its tokens
 * @param bytesPerSecond that one rank of each pool sends or takes, in the deployment's order
 */
public record CacheLink(DoubleUnaryOperator bytes, List<Double> bytesPerSecond) {
  public CacheLink {
    bytesPerSecond = List.copyOf(bytesPerSecond);
  }

  /**
   * Of one prompt alone, in s.
   *
   * @param from number of the pool that read it
   * @param to number of the pool that decodes
   */
  double seconds(int promptTokens, int from, int to) {
    return bytes.applyAsDouble(promptTokens)
        / Math.min(bytesPerSecond.get(from), bytesPerSecond.get(to));
  }
}
