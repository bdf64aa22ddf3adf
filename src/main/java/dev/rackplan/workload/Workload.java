package dev.rackplan.workload;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The load a plan must carry.
 *
 * @param phase decode or prefill
 * @param contextTokens mean tokens of context per sequence (decode), mean prompt length (prefill):
 *     what is read and computed
 * @param contextTokensP99 context that 99 of 100 sequences stay within: what memory is kept for;
 *     empty = the mean
 * @param concurrentSequences sequences in flight over the whole deployment; empty = as many as fit
 *     memory and limits
 * @param queryTokens tokens per sequence and step: 1 (plain decode), 1 + drafts (speculative
 *     decode), the chunk size (prefill)
 * @param acceptedTokens tokens that one decode step yields per sequence, in [1, queryTokens]
 * @param routing how tokens choose experts; empty list of scenarios for dense models
 */
public record Workload(
    Phase phase,
    double contextTokens,
    OptionalDouble contextTokensP99,
    OptionalLong concurrentSequences,
    double queryTokens,
    double acceptedTokens,
    Routing routing) {
  public Workload {
    if (!(contextTokens > 0) || Double.isInfinite(contextTokens)) {
      throw new IllegalArgumentException("contextTokens must be > 0, was " + contextTokens);
    }
    if (contextTokensP99.isPresent()
        && !(contextTokensP99.getAsDouble() >= contextTokens
            && contextTokensP99.getAsDouble() < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "contextTokensP99 must be >= contextTokens, was " + contextTokensP99.getAsDouble());
    }
    if (concurrentSequences.isPresent() && concurrentSequences.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "concurrentSequences must be >= 1, was " + concurrentSequences.getAsLong());
    }
    if (!(queryTokens >= 1) || Double.isInfinite(queryTokens)) {
      throw new IllegalArgumentException("queryTokens must be >= 1, was " + queryTokens);
    }
    if (!(acceptedTokens >= 1 && acceptedTokens <= queryTokens)) {
      throw new IllegalArgumentException(
          "acceptedTokens must be in 1.." + queryTokens + ", was " + acceptedTokens);
    }
  }

  /** Memory kept for the mean context. */
  public Workload(
      Phase phase,
      double contextTokens,
      OptionalLong concurrentSequences,
      double queryTokens,
      double acceptedTokens,
      Routing routing) {
    this(
        phase,
        contextTokens,
        OptionalDouble.empty(),
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        routing);
  }

  /** Tokens of context that memory holds for each resident sequence. */
  public double heldTokens() {
    return contextTokensP99.orElse(contextTokens);
  }

  /** The same load with other routing. */
  public Workload withRouting(Routing other) {
    return new Workload(
        phase,
        contextTokens,
        contextTokensP99,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        other);
  }

  /** The same load at another mean context, the same for capacity. */
  public Workload withContextTokens(double tokens) {
    return new Workload(
        phase,
        tokens,
        concurrentSequences,
        Math.min(queryTokens, Math.max(1, tokens)),
        Math.min(acceptedTokens, Math.max(1, tokens)),
        routing);
  }

  /** The same load with other sequences in flight; empty = as many as fit. */
  public Workload withConcurrentSequences(OptionalLong sequences) {
    return new Workload(
        phase, contextTokens, contextTokensP99, sequences, queryTokens, acceptedTokens, routing);
  }
}
