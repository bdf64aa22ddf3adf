package dev.rackplan.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * One hidden layer.
 *
 * @param attention token mixer
 * @param ffn feed-forward part
 * @param otherParameters norms and other small weights in elements
 * @param boundaryResiduals residual streams of hidden size that a stage boundary after this layer
 *     carries; 1 unless layers read earlier blocks' residuals
 * @param kvSource earlier layer whose KV cache this one reads instead of its own; such layers stay
 *     on one stage. Empty: it keeps its own
 * @param stored number formats of its weights in the checkpoint; empty where nothing is known of
 *     them
 * @param streams residual streams that it mixes before and after attention and FFN
 *     (hyper-connections); 1 = an ordinary residual
 */
public record Layer(
    Attention attention,
    Ffn ffn,
    long otherParameters,
    int boundaryResiduals,
    OptionalInt kvSource,
    Optional<WeightFormats> stored,
    int streams) {
  public Layer {
    if (otherParameters < 0) {
      throw new IllegalArgumentException("otherParameters must be >= 0, was " + otherParameters);
    }
    if (boundaryResiduals < 1) {
      throw new IllegalArgumentException(
          "boundaryResiduals must be >= 1, was " + boundaryResiduals);
    }
    if (streams < 1) {
      throw new IllegalArgumentException("streams must be >= 1, was " + streams);
    }
  }

  /** A layer with an ordinary residual. */
  public Layer(
      Attention attention,
      Ffn ffn,
      long otherParameters,
      int boundaryResiduals,
      OptionalInt kvSource,
      Optional<WeightFormats> stored) {
    this(attention, ffn, otherParameters, boundaryResiduals, kvSource, stored, 1);
  }

  /** A layer with a KV cache of its own. */
  public Layer(Attention attention, Ffn ffn, long otherParameters, int boundaryResiduals) {
    this(attention, ffn, otherParameters, boundaryResiduals, OptionalInt.empty(), Optional.empty());
  }

  /** The same layer reading the KV cache of layer {@code source}. */
  public Layer withKvSource(int source) {
    return new Layer(
        attention,
        ffn,
        otherParameters,
        boundaryResiduals,
        OptionalInt.of(source),
        stored,
        streams);
  }

  /** The same layer as a checkpoint stores it. */
  public Layer storedAs(WeightFormats formats) {
    return new Layer(
        attention,
        ffn,
        otherParameters,
        boundaryResiduals,
        kvSource,
        Optional.of(formats),
        streams);
  }

  /** The same layer mixing {@code count} residual streams, all of which cross stage boundaries. */
  public Layer mixing(int count) {
    return new Layer(attention, ffn, otherParameters, count, kvSource, stored, count);
  }

  /** What its operations follow from. */
  public LayerKind kind() {
    return new LayerKind(attention, ffn, stored, streams);
  }

  /** All weights in elements. */
  public long parameters() {
    return attention.parameters() + ffn.parameters() + otherParameters;
  }

  /**
   * This layer with {@code added} more weights beside attention and FFN, such as the norm after the
   * last layer.
   */
  public Layer withMoreParameters(long added) {
    return new Layer(
        attention, ffn, otherParameters + added, boundaryResiduals, kvSource, stored, streams);
  }

  /**
   * This layer as one that drafts a token: with a cache of its own, before it a norm of the hidden
   * state, a norm of the last token's embedding and a projection of both, after it a norm.
   *
   * <p>Source: DeepSeek-V3 report, section 2.2; the modules of GLM-4.5, Qwen3-Next, MiMo and Ernie
   * have the same parts.
   */
  public Layer predictingNext(int hiddenSize) {
    return new Layer(
            attention,
            ffn,
            otherParameters,
            boundaryResiduals,
            OptionalInt.empty(),
            Optional.empty(),
            streams)
        .withMoreParameters(2L * hiddenSize * hiddenSize + 3L * hiddenSize);
  }

  /** Weights in elements that one token uses. */
  public long activeParameters() {
    return attention.parameters() + ffn.activeParameters() + otherParameters;
  }
}
