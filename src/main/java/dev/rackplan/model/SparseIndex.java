package dev.rackplan.model;

/**
 * A lightning indexer: one small key per cached entry, scored by every query to pick the entries
 * that attention then reads.
 *
 * <p>Source: DeepSeek-V3.2 report (DSA). Its keys are counted in the KV cache's dtype, or as {@link
 * KvFormat#indexKeyBytes} says.
 *
 * @param topEntries entries s that attention reads at most, per query
 * @param heads index query heads, which share one key
 * @param keyDimension elements of one index key
 * @param shared whether the layer takes an earlier layer's choice: it then has no weights, keys or
 *     scores of its own
 */
public record SparseIndex(int topEntries, int heads, int keyDimension, boolean shared) {
  public SparseIndex {
    if (topEntries < 1 || heads < 1 || keyDimension < 1) {
      throw new IllegalArgumentException(
          "topEntries, heads and keyDimension must be >= 1, were "
              + topEntries
              + ", "
              + heads
              + " and "
              + keyDimension);
    }
  }

  /** An indexer of the layer's own. */
  public SparseIndex(int topEntries, int heads, int keyDimension) {
    this(topEntries, heads, keyDimension, false);
  }

  /** The choice of this indexer, taken over by another layer. */
  public SparseIndex takenOver() {
    return new SparseIndex(topEntries, heads, keyDimension, true);
  }

  /** Entries out of {@code entries} that attention reads. */
  public double selected(double entries) {
    return Math.min(entries, topEntries);
  }

  /** Bytes of index keys for {@code entries} cached entries. */
  double keyBytes(double entries, Dtype kv) {
    return shared ? 0 : entries * keyDimension * kv.bytes();
  }

  /** The same as an engine keeps them beside latents and their kin. */
  double keyBytes(double entries, KvFormat kv) {
    return shared ? 0 : entries * kv.indexKeyBytes(keyDimension);
  }

  /** FLOPs for one query token to score {@code entries} index keys. */
  double scoreFlops(double entries) {
    return shared ? 0 : 2.0 * entries * heads * keyDimension;
  }

  /**
   * Weights in elements of DeepSeek's indexer: queries from the query latent, one key with a layer
   * norm (weight and bias), head weights; none where the choice is shared.
   */
  public long parameters(int hiddenSize, int queryRank) {
    if (shared) {
      return 0;
    }
    return (long) queryRank * heads * keyDimension
        + (long) hiddenSize * keyDimension
        + 2L * keyDimension
        + (long) hiddenSize * heads;
  }
}
