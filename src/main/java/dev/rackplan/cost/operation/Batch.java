package dev.rackplan.cost.operation;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.PromptShare;
import dev.rackplan.workload.Workload;

/**
 * One micro-batch as one stage sees it.
 *
 * @param tokens query tokens N over the whole stage
 * @param tokensPerGpu N / G: tokens that live on one GPU when its attention rank's tokens are
 *     spread over the rank's GPUs
 * @param sequencesPerRank sequences of the fullest attention rank
 * @param tokensPerRank query tokens that each GPU of the fullest attention rank has
 * @param attendedTokens tokens of context that a query token of a sequence of mean length sees,
 *     mean
 * @param contexts how long the sequences' contexts are
 * @param parts halves that are computed one after the other, each reading the layer's weights: 2
 *     with two-batch overlap, else 1; a single token can't be halved
 */
public record Batch(
    double tokens,
    double tokensPerGpu,
    double sequencesPerRank,
    double tokensPerRank,
    double attendedTokens,
    Contexts contexts,
    int parts) {

  /** A micro-batch that is computed whole. */
  public Batch(
      double tokens,
      double tokensPerGpu,
      double sequencesPerRank,
      double tokensPerRank,
      double attendedTokens,
      Contexts contexts) {
    this(tokens, tokensPerGpu, sequencesPerRank, tokensPerRank, attendedTokens, contexts, 1);
  }

  /** The micro-batch of a layout. */
  public static Batch of(Problem problem, Layout layout) {
    Workload workload = problem.workload();
    double query = layout.queryTokens(workload);
    double prompts = workload.prompts().map(PromptShare::tokens).orElse(0.0);
    double promptsPerRank = workload.prompts().map(PromptShare::tokensPerRank).orElse(0.0);
    double tokens = layout.sequencesPerMicroBatch() * query + prompts;
    double sequencesPerRank =
        Math.ceil(layout.sequencesPerMicroBatch() / (double) layout.attentionRanks());
    return new Batch(
        tokens,
        tokens / layout.gpusPerStage(),
        sequencesPerRank,
        sequencesPerRank * query / layout.prefillContextParallel() + promptsPerRank,
        layout.attendedTokens(workload),
        workload.contexts(),
        layout.twoBatchOverlap(problem.engine()) && tokens >= 2 ? 2 : 1);
  }

  /** Query tokens over the whole stage that one reading of the weights serves. */
  public double tokensAtOnce() {
    return tokens / parts;
  }
}
