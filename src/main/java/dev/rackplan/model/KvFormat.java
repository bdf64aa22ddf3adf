package dev.rackplan.model;

/**
 * How an engine keeps what attention layers remember.
 *
 * @param dtype of keys, values and latents
 * @param scaledLatents whether FP8 latents that kernels gather carry scales and a rotary key in
 *     BF16
 * @param scaledIndexKeys whether keys of an indexer over latents are FP8 with scales, whatever the
 *     dtype; else they are of the dtype
 * @param pageTokens tokens of one page, of which each sequence's last is half empty in the mean; 1
 *     = no pages
 * @param windowed whether layers of a limited reach give up what no query sees any more
 */
public record KvFormat(
    Dtype dtype, boolean scaledLatents, boolean scaledIndexKeys, int pageTokens, boolean windowed) {
  private static final int SCALED_ELEMENTS = 128;
  private static final int COMPRESSED_SCALED_ELEMENTS = 64;
  private static final int COMPRESSED_SCALES_ALIGNMENT = 8;

  public KvFormat {
    if (pageTokens < 1) {
      throw new IllegalArgumentException("pageTokens must be >= 1, was " + pageTokens);
    }
  }

  /** Whole tokens of {@code dtype}, without pages, window layers no longer than their window. */
  public static KvFormat plain(Dtype dtype) {
    return new KvFormat(dtype, true, false, 1, true);
  }

  /** Tokens that a sequence of {@code contextTokens} occupies, in the mean. */
  public double occupied(double contextTokens) {
    return contextTokens + (pageTokens - 1) / 2.0;
  }

  /** The same of a layer that sees {@code reachTokens} at most: a page more than these. */
  public double occupied(double contextTokens, double reachTokens) {
    return windowed
        ? Math.min(occupied(contextTokens), reachTokens + pageTokens - 1)
        : occupied(contextTokens);
  }

  /**
   * Bytes of one token's latent and rotary key in one layer.
   *
   * <p>FP8 as FlashMLA's sparse kernels read it: one FP32 scale for 128 elements, the rotary key in
   * BF16; 656 bytes for DeepSeek's 512 + 64, against 576 without. Source: FlashMLA, as vLLM and
   * SGLang run it.
   *
   * @param sparse whether an indexer picks tokens
   */
  double latentBytes(int rank, int ropeDimension, boolean sparse) {
    return sparse && scaledLatents && dtype == Dtype.FP8
        ? rank + parts(rank, SCALED_ELEMENTS) * Float.BYTES + ropeDimension * Dtype.BF16.bytes()
        : (rank + ropeDimension) * dtype.bytes();
  }

  /**
   * Bytes of one entry of DeepSeek-V4's attention.
   *
   * <p>FP8: one E8M0 scale for 64 elements, padded to 8 bytes, the rotary part in BF16; 584 bytes
   * for its 448 + 64. Source: the cache of DeepSeek-V4 in SGLang and vLLM.
   */
  double compressedBytes(int dimension, int ropeDimension) {
    if (dtype != Dtype.FP8) {
      return dimension * dtype.bytes();
    }
    int rest = dimension - ropeDimension;
    int scales = parts(rest, COMPRESSED_SCALED_ELEMENTS);
    return rest
        + ropeDimension * Dtype.BF16.bytes()
        + parts(scales, COMPRESSED_SCALES_ALIGNMENT) * COMPRESSED_SCALES_ALIGNMENT;
  }

  /**
   * Bytes of one key of an indexer over latents: FP8 with an FP32 scale for 128 elements, 132 for
   * DeepSeek's 128. Source: the lightning indexer in vLLM and SGLang.
   */
  double indexKeyBytes(int dimension) {
    return scaledIndexKeys
        ? dimension + parts(dimension, SCALED_ELEMENTS) * Float.BYTES
        : dimension * dtype.bytes();
  }

  private static int parts(int elements, int each) {
    return (elements + each - 1) / each;
  }
}
