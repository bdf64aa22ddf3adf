package dev.rackplan.model;

import java.util.Optional;

/**
 * The token mixer of one layer: its weights, its KV cache, its score work.
 *
 * <p>Formulas: docs/cost-model.md, section "The model as layers". All figures are for one sequence
 * and one copy of the KV cache; {@link #kvShards(int)} says how attention tensor parallelism
 * divides them.
 */
public sealed interface Attention
    permits GroupedQueryAttention,
        LatentAttention,
        LinearAttention,
        CompressedAttention,
        ParallelMixers,
        NoAttention {

  /** Weights in elements. */
  long parameters();

  /** Bytes of KV cache (or state) that a sequence of {@code contextTokens} holds. */
  double kvCapacityBytes(double contextTokens, KvFormat kv);

  /** The same of a plain cache, as such figures are published. */
  default double kvCapacityBytes(double contextTokens, Dtype kv) {
    return kvCapacityBytes(contextTokens, KvFormat.plain(kv));
  }

  /** Bytes read from the KV cache for one decode step of a sequence at {@code contextTokens}. */
  double kvReadBytes(double contextTokens, Dtype kv);

  /**
   * FLOPs of scores and weighted values for one query token that sees {@code contextTokens};
   * projections not included.
   */
  double scoreFlops(double contextTokens);

  /**
   * FLOPs of scores and weighted values for one of many query tokens that share their keys
   * (prefill, training); as {@link #scoreFlops} except for latent attention, whose keys and values
   * may then be expanded once for all of them, if that is less.
   *
   * @param contextTokens tokens that it sees, in the mean
   * @param earlierTokens tokens of the cache that must be expanded first
   * @param queryTokens tokens of the sequence that share the expansion
   */
  default double passScoreFlops(double contextTokens, double earlierTokens, double queryTokens) {
    return scoreFlops(contextTokens);
  }

  /** An indexer of the layer's own that picks what attention reads. */
  default Optional<SparseIndex> ownIndex() {
    return Optional.empty();
  }

  /** Keys that an indexer scores for a query token that sees {@code contextTokens}. */
  default double indexed(double contextTokens) {
    return contextTokens;
  }

  /** The same where the whole sequence is read at once. */
  default double passScoreFlops(double contextTokens) {
    return passScoreFlops(contextTokens, 0, 1);
  }

  /**
   * Scores of one query token that sees {@code contextTokens}, over all heads: what a kernel that
   * does not fuse its softmax writes out, elements behind a window's mask among them; 0 where there
   * are no scores.
   */
  double scores(double contextTokens);

  /**
   * Elements a token that the backward pass needs of this mixer, the scores and the layer's input
   * not among them: what its projections put out and what its last one takes in. For the four
   * projections of grouped-query attention that is {@code weights / hiddenSize}; other kinds
   * without a formula of their own take the same.
   *
   * @param hiddenSize width h of the layer's input in elements
   * @param coreRecomputed whether the attention core is computed again in the backward pass
   */
  default double keptElements(int hiddenSize, boolean coreRecomputed) {
    return parameters() / (double) hiddenSize;
  }

  /**
   * Parts into which attention tensor parallelism of {@code degree} divides one sequence's KV:
   * {@code min(degree, KV heads)} for grouped-query attention, 1 (a copy on each rank) for latent
   * attention.
   */
  int kvShards(int degree);

  /**
   * Whether attention tensor parallelism of {@code degree} leaves each GPU as many heads as every
   * other, KV heads among them or copies of one. Every engine stops where it doesn't.
   */
  boolean dividesOver(int degree);

  /**
   * What GPUs exchange that divide the context's tokens among them (decode and prefill context
   * parallelism); empty where each needs the whole cache.
   */
  default Optional<ContextExchange> contextExchange() {
    return Optional.empty();
  }

  /**
   * Bytes per token of context that keep growing with the context, index keys among them: 0 for
   * linear layers, and for window and chunk layers whose engine gives up what no query sees.
   */
  double growingKvBytesPerToken(KvFormat kv);

  /** The same of a plain cache. */
  default double growingKvBytesPerToken(Dtype kv) {
    return growingKvBytesPerToken(KvFormat.plain(kv));
  }

  /**
   * The part of {@link #growingKvBytesPerToken} that is keys of a sparse-attention indexer: 0 where
   * there is none.
   */
  default double indexBytesPerToken(Dtype kv) {
    return 0;
  }

  /**
   * One word for tables: {@code full}, {@code sliding}, {@code chunked}, {@code mla}, {@code
   * sparse}, {@code linear}, {@code compressed}, {@code parallel}, {@code none}.
   */
  String kind();
}
