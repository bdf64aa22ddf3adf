package dev.rackplan.workload;

import dev.rackplan.model.Model;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The load a plan must carry.
 *
 * @param phase decode, prefill or training
 * @param contexts how long the sequences' contexts are
 * @param concurrentSequences sequences in flight over the whole deployment; empty = as many as fit
 *     memory and limits; in training the global batch
 * @param queryTokens tokens per sequence and step: 1 (plain decode), 1 + drafts (speculative
 *     decode), the chunk size (prefill), the whole sequence (training)
 * @param acceptedTokens tokens that one decode step yields per sequence, in [1, queryTokens]
 * @param routing how tokens choose experts; empty list of scenarios for dense models
 * @param training how the model is trained; present exactly in training
 * @param drafts which drafts a decode step accepts, where a layout says how many it checks
 * @param prompts what each decode step also reads of prompts; empty where other GPUs do, or other
 *     steps
 */
public record Workload(
    Phase phase,
    Contexts contexts,
    OptionalLong concurrentSequences,
    double queryTokens,
    double acceptedTokens,
    Routing routing,
    Optional<Training> training,
    Optional<Drafts> drafts,
    Optional<PromptShare> prompts) {
  /** A workload whose steps read no prompts beside. */
  public Workload(
      Phase phase,
      Contexts contexts,
      OptionalLong concurrentSequences,
      double queryTokens,
      double acceptedTokens,
      Routing routing,
      Optional<Training> training,
      Optional<Drafts> drafts) {
    this(
        phase,
        contexts,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        routing,
        training,
        drafts,
        Optional.empty());
  }

  /** A workload whose drafts, if any, are those of {@code queryTokens}. */
  public Workload(
      Phase phase,
      Contexts contexts,
      OptionalLong concurrentSequences,
      double queryTokens,
      double acceptedTokens,
      Routing routing,
      Optional<Training> training) {
    this(
        phase,
        contexts,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        routing,
        training,
        Optional.empty());
  }

  /** A workload of inference whose contexts are all of one length. */
  public Workload(
      Phase phase,
      double contextTokens,
      OptionalLong concurrentSequences,
      double queryTokens,
      double acceptedTokens,
      Routing routing) {
    this(
        phase,
        Contexts.of(contextTokens),
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
    if (phase != Phase.DECODE && prompts.isPresent()) {
      throw new IllegalArgumentException("prompts beside other tokens belong to decode");
    }
    if (phase != Phase.DECODE && drafts.isPresent()) {
      throw new IllegalArgumentException("drafts belong to decode");
    }
    if (drafts.isPresent() && queryTokens != 1) {
      throw new IllegalArgumentException("with drafts queryTokens must be 1, was " + queryTokens);
    }
    if (phase != Phase.PREFILL && contexts.cachedTokens() > 0) {
      throw new IllegalArgumentException("cachedTokens belong to prefill");
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

  /** Mean tokens of context. */
  public double contextTokens() {
    return contexts.tokens();
  }

  /** The same load with other routing. */
  public Workload withRouting(Routing other) {
    return new Workload(
        phase,
        contexts,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        other,
        training,
        drafts,
        prompts);
  }

  /** A model that drafts, of its own; empty where the model's next-token layers do, or none. */
  public Optional<Model> draftModel() {
    return drafts.flatMap(Drafts::model);
  }

  /** The same load with one token per sequence and step. */
  public Workload withoutDrafts() {
    return new Workload(phase, contexts, concurrentSequences, 1, 1, routing, training);
  }

  /** What reads such prompts for this load on GPUs of its own, each whole. */
  public Workload readingAlone(Contexts read) {
    double tokens = Math.max(1, read.computedTokens());
    return new Workload(
        Phase.PREFILL, read, concurrentSequences, tokens, 1, routing, Optional.empty());
  }

  /**
   * The same load with other contexts. What is read at once stays so: a prompt or a training
   * sequence that one step takes whole; else steps are no longer than these.
   */
  public Workload withContexts(Contexts other) {
    boolean whole = phase != Phase.DECODE && queryTokens == contexts.computedTokens();
    double longest = Math.max(1, other.computedTokens());
    double query = whole ? longest : Math.min(queryTokens, longest);
    return new Workload(
        phase,
        other,
        concurrentSequences,
        query,
        Math.min(acceptedTokens, query),
        routing,
        training,
        drafts,
        prompts);
  }

  /** The same load with other sequences in flight; empty = as many as fit. */
  public Workload withConcurrentSequences(OptionalLong sequences) {
    return new Workload(
        phase,
        contexts,
        sequences,
        queryTokens,
        acceptedTokens,
        routing,
        training,
        drafts,
        prompts);
  }

  /** The same load whose decode steps also read these prompts. */
  public Workload withPrompts(PromptShare read) {
    return new Workload(
        phase,
        contexts,
        concurrentSequences,
        queryTokens,
        acceptedTokens,
        routing,
        training,
        drafts,
        Optional.of(read));
  }
}
