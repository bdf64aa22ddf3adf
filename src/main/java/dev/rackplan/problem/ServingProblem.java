package dev.rackplan.problem;

import java.util.OptionalDouble;

/**
 * Prefill and decode on one topology, each in its own pool of GPUs, for one stream of requests.
 *
 * @param name shown in reports
 * @param inputTokens mean tokens of a prompt, its cached part included
 * @param outputTokens mean tokens of an answer
 * @param rate requests per second that the two pools must keep up with; empty = as many as the
 *     topology's GPUs can
 * @param prefill the prefill pool's question: prompts of {@code inputTokens}
 * @param decode the decode pool's: a mean context of the prompt and half of the answer
 */
public record ServingProblem(
    String name,
    double inputTokens,
    double outputTokens,
    OptionalDouble rate,
    Problem prefill,
    Problem decode) {
  public ServingProblem {
    if (!(inputTokens >= 1 && outputTokens >= 1 && rate.orElse(1) > 0)) {
      throw new IllegalArgumentException(
          "inputTokens and outputTokens must be >= 1 and requestsPerSecond > 0, were "
              + inputTokens
              + ", "
              + outputTokens
              + " and "
              + rate);
    }
  }

  /** For a given rate. */
  public ServingProblem(
      String name,
      double inputTokens,
      double outputTokens,
      double requestsPerSecond,
      Problem prefill,
      Problem decode) {
    this(name, inputTokens, outputTokens, OptionalDouble.of(requestsPerSecond), prefill, decode);
  }

  /** The same for a rate that was found. */
  public ServingProblem at(double requestsPerSecond) {
    return new ServingProblem(name, inputTokens, outputTokens, requestsPerSecond, prefill, decode);
  }

  /**
   * The rate that is given or was found.
   *
   * @throws IllegalStateException if it is open
   */
  public double requestsPerSecond() {
    return rate.orElseThrow(() -> new IllegalStateException("no rate yet"));
  }

  /** The question of one pool. */
  public Problem of(Pool pool) {
    return switch (pool) {
      case PREFILL -> prefill;
      case DECODE -> decode;
    };
  }

  /** Tokens per second that a pool must compute (prefill) or write (decode). */
  public double tokensPerSecond(Pool pool) {
    return requestsPerSecond() * tokensPerRequest(pool);
  }

  /** Tokens of a request that a pool computes or writes. */
  public double tokensPerRequest(Pool pool) {
    return switch (pool) {
      case PREFILL -> prefill.workload().contexts().computedTokens();
      case DECODE -> outputTokens;
    };
  }
}
