package dev.rackplan.workload;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The load a plan must carry.
 *
 * @param phase decode, prefill or training
 * @param contextTokens mean tokens of context per sequence (decode), mean prompt length (prefill),
 *     sequence length (training): what is read and computed
 * @param contextTokensP99 context that 99 of 100 sequences stay within: what memory is kept for;
 *     empty = the mean
 * @param concurrentSequences sequences in flight over the whole deployment; empty = as many as fit
 *     memory and limits; in training the global batch
 * @param queryTokens tokens per sequence and step: 1 (plain decode), 1 + drafts (speculative
 *     decode), the chunk size (prefill), the whole sequence (training)
 * @param acceptedTokens tokens that one decode step yields per sequence, in [1, queryTokens]
 * @param routing how tokens choose experts; empty list of scenarios for dense models
 * @param training how the model is trained; present exactly in training
 */
public record Workload(
    Phase phase,
    double contextTokens,
    OptionalDouble contextTokensP99,
    OptionalLong concurrentSequences,
    double queryTokens,
    double acceptedTokens,
    Routing routing,
    Optional<Training> training) {
  /** A workload of inference, memory kept for the mean context. */
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
        routing,
        Optional.empty());
  }

  public Workload {
    if ((phase == Phase.TRAINING) != training.isPresent()) {
      throw new IllegalArgumentException("training must be given exactly in training");
    }
    if (phase == Phase.TRAINING && concurrentSequences.isEmpty()) {
      throw new IllegalArgumentException("training needs a global batch");
    }
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

  /** A workload of inference with a planning context of its own. */
  public Workload(
      Phase phase,
      double contextTokens,
      OptionalDouble contextTokensP99,
      OptionalLong concurrentSequences,
      double queryTokens,
      double acceptedTokens,
      Routing routing) {
    this(
        phase,
        contextTokens,
        contextTokensP99,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        routing,
        Optional.empty());
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
        other,
        training);
  }

  /** The same load at another mean context, the same for capacity. */
  public Workload withContextTokens(double tokens) {
    return new Workload(
        phase,
        tokens,
        OptionalDouble.empty(),
        concurrentSequences,
        Math.min(queryTokens, Math.max(1, tokens)),
        Math.min(acceptedTokens, Math.max(1, tokens)),
        routing,
        training);
  }

  /** The same load with other sequences in flight; empty = as many as fit. */
  public Workload withConcurrentSequences(OptionalLong sequences) {
    return new Workload(
        phase,
        contextTokens,
        contextTokensP99,
        sequences,
        queryTokens,
        acceptedTokens,
        routing,
        training);
  }
}
