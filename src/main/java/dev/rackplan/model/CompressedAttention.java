package dev.rackplan.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * DeepSeek-V4's attention: a sliding window of tokens and, behind it, one entry for every {@code
 * ratio} tokens. One head serves as key and value for all query heads.
 *
 * <p>Bytes: {@code d·κ·(min(c,W) + c/ratio)}, plus one index key per compressed entry where an
 * indexer picks among them, plus the compressors' states: values and gates, in FP32, of the tokens
 * that wait for their entry to fill; twice as many and twice as wide where entries overlap, which
 * are those that an indexer picks from. Source: DeepSeek-V4's reference code.
 *
 * @param parameters weights in elements of projections, compressors and indexer
 * @param heads query heads H
 * @param headDimension elements of the shared key-value head d
 * @param ropeDimension rotary elements among them
 * @param windowTokens sliding window W in tokens
 * @param ratio tokens per compressed entry; empty for a window-only layer
 * @param index indexer over the compressed entries, if any
 */
public record CompressedAttention(
    long parameters,
    int heads,
    int headDimension,
    int ropeDimension,
    int windowTokens,
    OptionalInt ratio,
    Optional<SparseIndex> index)
    implements Attention {
  /** Values and gates. */
  private static final double STATE_PLANES = 2;

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
    if (ropeDimension < 0 || ropeDimension > headDimension) {
      throw new IllegalArgumentException(
          "ropeDimension must be in 0.." + headDimension + ", was " + ropeDimension);
    }
    if (ratio.isPresent() && ratio.getAsInt() < 1) {
      throw new IllegalArgumentException("ratio must be >= 1, was " + ratio.getAsInt());
    }
    if (index.isPresent() && ratio.isEmpty()) {
      throw new IllegalArgumentException("an indexer needs compressed entries");
    }
  }

  @Override
  public double kvCapacityBytes(double contextTokens, KvFormat kv) {
    double occupied = kv.occupied(contextTokens);
    return (windowHeld(occupied, kv) + entries(occupied)) * entryBytes(kv)
        + indexKeyBytes(occupied, kv)
        + stateBytes();
  }

  @Override
  public double kvReadBytes(double contextTokens, Dtype kv) {
    KvFormat format = KvFormat.plain(kv);
    return (window(contextTokens) + read(contextTokens)) * entryBytes(format)
        + indexKeyBytes(contextTokens, format);
  }

  @Override
  public Optional<SparseIndex> ownIndex() {
    return index.filter(own -> !own.shared());
  }

  @Override
  public double indexed(double contextTokens) {
    return entries(contextTokens);
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
  public double growingKvBytesPerToken(KvFormat kv) {
    return (entries(1) + (kv.windowed() ? 0 : 1)) * entryBytes(kv) + indexKeyBytes(1, kv);
  }

  @Override
  public double indexBytesPerToken(Dtype kv) {
    return indexKeyBytes(1, KvFormat.plain(kv));
  }

  @Override
  public String kind() {
    return "compressed";
  }

  private double window(double contextTokens) {
    return Math.min(contextTokens, windowTokens);
  }

  // A ring as long as the window, where the engine gives up what lies before it.
  private double windowHeld(double occupied, KvFormat kv) {
    return kv.windowed() ? window(occupied) : occupied;
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

  private double entryBytes(KvFormat kv) {
    return kv.compressedBytes(headDimension, ropeDimension);
  }

  private double indexKeyBytes(double contextTokens, KvFormat kv) {
    return index.map(i -> i.keyBytes(entries(contextTokens), kv)).orElse(0.0);
  }

  /**
   * Bytes of the states of this layer's compressors for one sequence; DeepSeek-V4's ratio of 128
   * has 524,288, its ratio of 4 has 65,536 and 16,384 for index keys.
   */
  public double stateBytes() {
    if (ratio.isEmpty()) {
      return 0;
    }
    double widths = headDimension + index.map(SparseIndex::keyDimension).orElse(0);
    double overlap = index.isPresent() ? 2 : 1;
    return STATE_PLANES * overlap * ratio.getAsInt() * overlap * widths * Dtype.FP32.bytes();
  }
}
