package dev.rackplan.model;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Softmax attention whose query heads share keys and values in groups (multi-head and multi-query
 * are its ends).
 *
 * @param parameters weights in elements of all projections, biases and norms
 * @param queryHeads query heads H
 * @param kvHeads key-value heads, ≤ H
 * @param headDimension elements of one head d
 * @param window how far back a query sees
 * @param index indexer that narrows the read to its top entries, if any
 * @param norm of queries and keys
 */
public record GroupedQueryAttention(
    long parameters,
    int queryHeads,
    int kvHeads,
    int headDimension,
    Window window,
    Optional<SparseIndex> index,
    Norm norm)
    implements Attention {

  /** Norms of queries and keys. */
  public enum Norm {
    NONE,
    /** Each head by itself. */
    HEADS,
    /** All heads together, so that GPUs that divide them add up their squares. */
    WHOLE
  }

  /** Weights that some families have beside the four projection matrices. */
  public enum Extra {
    /** Biases of the query, key and value projections. */
    QUERY_KEY_VALUE_BIAS,
    /** Bias of the output projection. */
    OUTPUT_BIAS,
    /** One norm for queries and one for keys, shared by all heads. */
    HEAD_NORM,
    /** One norm over all query heads together and one over all key heads. */
    WHOLE_NORM,
    /** One learned sink logit for each query head. */
    SINKS,
    /** A gate on the output, as wide as the query projection. */
    OUTPUT_GATE;

    long parameters(int hiddenSize, int queryHeads, int kvHeads, int headDimension) {
      return switch (this) {
        case QUERY_KEY_VALUE_BIAS -> (queryHeads + 2L * kvHeads) * headDimension;
        case OUTPUT_BIAS -> hiddenSize;
        case HEAD_NORM -> 2L * headDimension;
        case WHOLE_NORM -> ((long) queryHeads + kvHeads) * headDimension;
        case SINKS -> queryHeads;
        case OUTPUT_GATE -> (long) hiddenSize * queryHeads * headDimension;
      };
    }
  }

  /** What part of the context a query sees. */
  public enum Reach {
    FULL,
    /** The last {@code tokens} tokens. */
    SLIDING,
    /**
     * The tokens of its own chunk of {@code tokens} up to itself: half a chunk in the mean, a whole
     * one at its end.
     */
    CHUNKED
  }

  /**
   * Reach of the attention.
   *
   * @param reach kind of limit
   * @param tokens span in tokens; empty exactly where the reach is full
   */
  public record Window(Reach reach, OptionalInt tokens) {
    public Window {
      if ((reach == Reach.FULL) != tokens.isEmpty()) {
        throw new IllegalArgumentException(
            "a window has tokens exactly where it isn't full, was " + reach + " with " + tokens);
      }
      if (tokens.isPresent() && tokens.getAsInt() < 1) {
        throw new IllegalArgumentException("tokens must be >= 1, was " + tokens.getAsInt());
      }
    }

    public static Window full() {
      return new Window(Reach.FULL, OptionalInt.empty());
    }

    public static Window sliding(int tokens) {
      return new Window(Reach.SLIDING, OptionalInt.of(tokens));
    }

    public static Window chunked(int tokens) {
      return new Window(Reach.CHUNKED, OptionalInt.of(tokens));
    }

    /** Tokens out of {@code contextTokens} that the cache holds: the most that a query sees. */
    public double held(double contextTokens) {
      return tokens.isPresent() ? Math.min(contextTokens, tokens.getAsInt()) : contextTokens;
    }

    /**
     * Tokens that a query at {@code contextTokens} sees; of chunks in the mean over those queries
     * that stand in the same chunk.
     */
    public double attended(double contextTokens) {
      return reach == Reach.CHUNKED && contextTokens > tokens.getAsInt()
          ? (tokens.getAsInt() + 1) / 2.0
          : held(contextTokens);
    }
  }

  public GroupedQueryAttention {
    if (parameters < 0) {
      throw new IllegalArgumentException("parameters must be >= 0, was " + parameters);
    }
    if (headDimension < 1) {
      throw new IllegalArgumentException("headDimension must be >= 1, was " + headDimension);
    }
    if (kvHeads < 1 || queryHeads < kvHeads || queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "queryHeads must be a multiple of kvHeads, were " + queryHeads + " and " + kvHeads);
    }
  }

  /** Without norms of queries and keys. */
  public GroupedQueryAttention(
      long parameters,
      int queryHeads,
      int kvHeads,
      int headDimension,
      Window window,
      Optional<SparseIndex> index) {
    this(parameters, queryHeads, kvHeads, headDimension, window, index, Norm.NONE);
  }

  /**
   * Attention of the given dimensions: {@code hidden·d·(2H + 2·kvHeads)} weights and the extras.
   */
  public static GroupedQueryAttention ofDimensions(
      int hiddenSize,
      int queryHeads,
      int kvHeads,
      int headDimension,
      Window window,
      Set<Extra> extras) {
    long parameters = 2L * hiddenSize * headDimension * ((long) queryHeads + kvHeads);
    for (Extra extra : Extra.values()) {
      parameters +=
          extras.contains(extra)
              ? extra.parameters(hiddenSize, queryHeads, kvHeads, headDimension)
              : 0;
    }
    return new GroupedQueryAttention(
        parameters, queryHeads, kvHeads, headDimension, window, Optional.empty(), norm(extras));
  }

  private static Norm norm(Set<Extra> extras) {
    if (extras.contains(Extra.WHOLE_NORM)) {
      return Norm.WHOLE;
    }
    return extras.contains(Extra.HEAD_NORM) ? Norm.HEADS : Norm.NONE;
  }

  /** This attention with an indexer that adds {@code indexParameters} weights. */
  public GroupedQueryAttention withIndex(SparseIndex added, long indexParameters) {
    return new GroupedQueryAttention(
        parameters + indexParameters,
        queryHeads,
        kvHeads,
        headDimension,
        window,
        Optional.of(added),
        norm);
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    double occupied =
        window.tokens().isPresent()
            ? kv.occupied(contextTokens, window.tokens().getAsInt())
            : kv.occupied(contextTokens);
    return occupied * bytesPerToken(kv.dtype())
        + index.map(i -> i.keyBytes(occupied, kv.dtype())).orElse(0.0);
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    double held = window.attended(contextTokens);
    return read(contextTokens) * bytesPerToken(kv)
        + index.map(i -> i.keyBytes(held, kv)).orElse(0.0);
  }

  @Override
  public Optional<SparseIndex> ownIndex() {
    return index.filter(own -> !own.shared());
  }

  @Override
  public double scoreFlops(double contextTokens) {
    double held = window.attended(contextTokens);
    return 4.0 * read(contextTokens) * queryHeads * headDimension
        + index.map(i -> i.scoreFlops(held)).orElse(0.0);
  }

  @Override
  public double scores(double contextTokens) {
    return queryHeads * contextTokens;
  }

  @Override
  public int kvShards(int degree) {
    return Math.min(degree, kvHeads);
  }

  @Override
  public boolean dividesOver(int degree) {
    return queryHeads % degree == 0 && (kvHeads % degree == 0 || degree % kvHeads == 0);
  }

  @Override
  public Optional<ContextExchange> contextExchange() {
    double queries = (double) queryHeads * headDimension;
    return index.isPresent()
        ? Optional.empty()
        : Optional.of(
            new ContextExchange(queries, queries, 2.0 * kvHeads * headDimension, kvHeads));
  }

  @Override
  public double growingKvBytesPerToken(KvFormat kv) {
    return window.reach() == Reach.FULL || !kv.windowed()
        ? bytesPerToken(kv.dtype()) + index.map(i -> i.keyBytes(1, kv.dtype())).orElse(0.0)
        : 0;
  }

  @Override
  public double indexBytesPerToken(Dtype kv) {
    return window.reach() == Reach.FULL ? index.map(i -> i.keyBytes(1, kv)).orElse(0.0) : 0;
  }

  @Override
  public String kind() {
    return index.isPresent()
        ? "sparse"
        : switch (window.reach()) {
          case FULL -> "full";
          case SLIDING -> "sliding";
          case CHUNKED -> "chunked";
        };
  }

  private double read(double contextTokens) {
    double held = window.attended(contextTokens);
    return index.map(i -> i.selected(held)).orElse(held);
  }

  private double bytesPerToken(Dtype kv) {
    return 2.0 * kvHeads * headDimension * kv.bytes();
  }
}
