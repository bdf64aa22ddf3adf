package dev.rackplan.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Multi-head latent attention: one compressed latent and one rotary key per token, shared by all
 * heads; with an indexer, DeepSeek sparse attention.
 *
 * <p>Decode is costed in its absorbed form, as decode kernels run it. Sources: DeepSeek-V2 and
 * DeepSeek-V3.2 reports.
 *
 * @param parameters weights in elements of all projections, norms and the indexer
 * @param heads attention heads H
 * @param latentRank elements r_kv of the cached latent
 * @param ropeDimension elements d_rope of the cached rotary key
 * @param noRopeDimension elements of an expanded head's key without rotary positions
 * @param valueDimension elements of an expanded head's value
 * @param queryRank rank of the query's low-rank projection; empty for a full query projection
 * @param index indexer of sparse attention, if any
 */
public record LatentAttention(
    long parameters,
    int heads,
    int latentRank,
    int ropeDimension,
    int noRopeDimension,
    int valueDimension,
    OptionalInt queryRank,
    Optional<SparseIndex> index)
    implements Attention {
  /**
   * Widths of the low-rank projections.
   *
   * @param hiddenSize elements of the residual stream
   * @param heads attention heads H
   * @param queryRank rank of the query's low-rank projection; empty for a full query projection
   * @param latentRank rank r_kv of the key-value latent
   * @param ropeDimension rotary elements of a head
   * @param noRopeDimension elements of a head without rotary positions
   * @param valueDimension elements of a head's value
   */
  public record Dimensions(
      int hiddenSize,
      int heads,
      OptionalInt queryRank,
      int latentRank,
      int ropeDimension,
      int noRopeDimension,
      int valueDimension) {

    /**
     * Weights in elements: query (low rank with a norm, or full), latent with a norm, its
     * expansion, output.
     */
    public long parameters() {
      long headQuery = (long) heads * (noRopeDimension + ropeDimension);
      long query =
          queryRank.isPresent()
              ? queryRank.getAsInt() * (hiddenSize + 1L + headQuery)
              : hiddenSize * headQuery;
      long latent = (long) hiddenSize * (latentRank + ropeDimension) + latentRank;
      long expansion = (long) latentRank * heads * (noRopeDimension + valueDimension);
      long output = (long) heads * valueDimension * hiddenSize;
      return query + latent + expansion + output;
    }

    /** Weights in elements of a gate on the output. */
    public long outputGateParameters() {
      return (long) hiddenSize * heads * valueDimension;
    }

    /**
     * Biases that {@code attention_bias} adds: query down-projection (low rank only), latent,
     * output.
     */
    public long biasParameters() {
      return (queryRank.isPresent() ? queryRank.getAsInt() : 0L)
          + latentRank
          + ropeDimension
          + hiddenSize;
    }
  }

  public LatentAttention {
    if (parameters < 0) {
      throw new IllegalArgumentException("parameters must be >= 0, was " + parameters);
    }
    if (noRopeDimension < 0 || valueDimension < 1) {
      throw new IllegalArgumentException(
          "noRopeDimension must be >= 0 and valueDimension >= 1, were "
              + noRopeDimension
              + " and "
              + valueDimension);
    }
    if (heads < 1 || latentRank < 1 || ropeDimension < 0) {
      throw new IllegalArgumentException(
          "heads and latentRank must be >= 1 and ropeDimension >= 0, were "
              + heads
              + ", "
              + latentRank
              + " and "
              + ropeDimension);
    }
  }

  /** Dense latent attention; {@code extraParameters} are biases or gates. */
  public static LatentAttention ofDimensions(Dimensions dimensions, long extraParameters) {
    return new LatentAttention(
        dimensions.parameters() + extraParameters,
        dimensions.heads(),
        dimensions.latentRank(),
        dimensions.ropeDimension(),
        dimensions.noRopeDimension(),
        dimensions.valueDimension(),
        dimensions.queryRank(),
        Optional.empty());
  }

  /** This attention with an indexer that adds {@code indexParameters} weights. */
  public LatentAttention withIndex(SparseIndex added, long indexParameters) {
    return new LatentAttention(
        parameters + indexParameters,
        heads,
        latentRank,
        ropeDimension,
        noRopeDimension,
        valueDimension,
        queryRank,
        Optional.of(added));
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    return kv.occupied(contextTokens) * growingKvBytesPerToken(kv);
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    return read(contextTokens) * latentBytes(KvFormat.plain(kv))
        + index.map(i -> i.keyBytes(contextTokens, kv)).orElse(0.0);
  }

  @Override
  public Optional<SparseIndex> ownIndex() {
    return index.filter(own -> !own.shared());
  }

  @Override
  public double scoreFlops(double contextTokens) {
    double scores = 2.0 * read(contextTokens) * heads * (2.0 * latentRank + ropeDimension);
    return scores + index.map(i -> i.scoreFlops(contextTokens)).orElse(0.0);
  }

  /**
   * Absorbed, or with keys and values expanded, {@code 2·c·H·(d_nope + d_rope + d_v)} and {@code
   * 2·r_kv·H·(d_nope + d_v)} for each cached token, whichever is less.
   */
  @Override
  public double passScoreFlops(double contextTokens, double earlierTokens, double queryTokens) {
    double scores =
        2.0 * read(contextTokens) * heads * (noRopeDimension + ropeDimension + valueDimension);
    double expansion = 2.0 * latentRank * heads * (noRopeDimension + valueDimension);
    return Math.min(
        scoreFlops(contextTokens),
        scores
            + expansion * earlierTokens / queryTokens
            + index.map(i -> i.scoreFlops(contextTokens)).orElse(0.0));
  }

  /** With the core recomputed the latents stay, and queries, keys and values are expanded again. */
  @Override
  public double keptElements(int hiddenSize, boolean coreRecomputed) {
    double expandedQuery = (double) heads * (noRopeDimension + ropeDimension);
    double latents = queryRank.orElse(0) + latentRank + ropeDimension;
    double expanded = expandedQuery + (double) heads * (noRopeDimension + valueDimension);
    double output = (double) heads * valueDimension;
    return coreRecomputed
        ? (queryRank.isPresent() ? latents : latents + expandedQuery) + output
        : latents + expanded + output;
  }

  @Override
  public double scores(double contextTokens) {
    return heads * contextTokens;
  }

  @Override
  public int kvShards(int degree) {
    return 1;
  }

  // Absorbed: queries meet latents, and outputs are latents.
  @Override
  public Optional<ContextExchange> contextExchange() {
    double latent = (double) latentRank + ropeDimension;
    return index.isPresent()
        ? Optional.empty()
        : Optional.of(new ContextExchange(heads * latent, (double) heads * latentRank, latent, 1));
  }

  @Override
  public boolean dividesOver(int degree) {
    return heads % degree == 0;
  }

  @Override
  public double growingKvBytesPerToken(KvFormat kv) {
    return latentBytes(kv) + index.map(i -> i.keyBytes(1, kv)).orElse(0.0);
  }

  @Override
  public double indexBytesPerToken(Dtype kv) {
    return index.map(i -> i.keyBytes(1, kv)).orElse(0.0);
  }

  @Override
  public String kind() {
    return index.isPresent() ? "sparse" : "mla";
  }

  private double read(double contextTokens) {
    return index.map(i -> i.selected(contextTokens)).orElse(contextTokens);
  }

  private double latentBytes(KvFormat kv) {
    return kv.latentBytes(latentRank, ropeDimension, index.isPresent());
  }
}
