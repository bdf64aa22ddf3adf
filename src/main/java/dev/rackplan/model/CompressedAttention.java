package dev.rackplan.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * DeepSeek-V4's attention: a sliding window of tokens and, behind it, one entry for every {@code
 * ratio} tokens. One head serves as key and value for all query heads.
 *
 * <p>Bytes: {@code d·κ·(min(c,W) + c/ratio)}, plus one index key per compressed entry where an
 * indexer picks among them. Left out: the raw tokens that wait for their entry to fill.
 *
 * @param parameters weights in elements of projections, compressors and indexer
 * @param heads query heads H
 * @param headDimension elements of the shared key-value head d
 * @param windowTokens sliding window W in tokens
 * @param ratio tokens per compressed entry; empty for a window-only layer
 * @param index indexer over the compressed entries, if any
 */
public record CompressedAttention(
    long parameters,
    int heads,
    int headDimension,
    int windowTokens,
    OptionalInt ratio,
    Optional<SparseIndex> index)
    implements Attention {
  public CompressedAttention {
    if (parameters < 0) {
      throw new IllegalArgumentException("parameters must be >= 0, was " + parameters);
    }
    if (heads < 1 || headDimension < 1 || windowTokens < 1) {
      throw new IllegalArgumentException(
          "heads, headDimension and windowTokens must be >= 1, were "
              + heads
              + ", "
              + headDimension
              + " and "
              + windowTokens);
    }
    if (ratio.isPresent() && ratio.getAsInt() < 1) {
      throw new IllegalArgumentException("ratio must be >= 1, was " + ratio.getAsInt());
    }
    if (index.isPresent() && ratio.isEmpty()) {
      throw new IllegalArgumentException("an indexer needs compressed entries");
    }
  }

  @Override
  public double kvCapacityBytes(double contextTokens, Dtype kv) {
    return (window(contextTokens) + entries(contextTokens)) * entryBytes(kv)
        + indexKeyBytes(contextTokens, kv);
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    return (window(contextTokens) + read(contextTokens)) * entryBytes(kv)
        + indexKeyBytes(contextTokens, kv);
  }

  @Override
  public double scoreFlops(double contextTokens) {
    double scores = 4.0 * (window(contextTokens) + read(contextTokens)) * heads * headDimension;
    return scores + index.map(i -> i.scoreFlops(entries(contextTokens))).orElse(0.0);
  }

  @Override
  public double scores(double contextTokens) {
    return heads * (window(contextTokens) + read(contextTokens));
  }

  @Override
  public int kvShards(int degree) {
    return 1;
  }

  @Override
  public boolean dividesOver(int degree) {
    return heads % degree == 0;
  }

  @Override
  public double growingKvBytesPerToken(Dtype kv) {
    return entries(1) * entryBytes(kv) + indexBytesPerToken(kv);
  }

  @Override
  public double indexBytesPerToken(Dtype kv) {
    return indexKeyBytes(1, kv);
  }

  @Override
  public String kind() {
    return "compressed";
  }

  private double window(double contextTokens) {
    return Math.min(contextTokens, windowTokens);
  }

  /** Entries that one query token reads: those of its window, and the compressed ones chosen. */
  public double attended(double contextTokens) {
    return window(contextTokens) + read(contextTokens);
  }

  /** Compressed entries of {@code contextTokens}. */
  public double entries(double contextTokens) {
    return ratio.isPresent() ? contextTokens / ratio.getAsInt() : 0;
  }

  private double read(double contextTokens) {
    double entries = entries(contextTokens);
    return index.map(i -> i.selected(entries)).orElse(entries);
  }

  private double entryBytes(Dtype kv) {
    return headDimension * kv.bytes();
  }

  private double indexKeyBytes(double contextTokens, Dtype kv) {
    return index.map(i -> i.keyBytes(entries(contextTokens), kv)).orElse(0.0);
  }
}
