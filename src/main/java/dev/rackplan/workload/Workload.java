package dev.rackplan.workload;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The load a plan must carry.
 *
 * @param phase decode, prefill or training
 * @param contextTokens mean tokens of context per sequence (decode), mean prompt length (prefill),
 *     sequence length (training)
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
    OptionalLong concurrentSequences,
    double queryTokens,
    double acceptedTokens,
    Routing routing,
    Optional<Training> training) {
  /** A workload of inference. */
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
}
