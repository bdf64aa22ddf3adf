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
 */
public record Layer(
    Attention attention,
    Ffn ffn,
    long otherParameters,
    int boundaryResiduals,
    OptionalInt kvSource,
    Optional<WeightFormats> stored) {
  public Layer {
    if (otherParameters < 0) {
      throw new IllegalArgumentException("otherParameters must be >= 0, was " + otherParameters);
    }
    if (boundaryResiduals < 1) {
      throw new IllegalArgumentException(
          "boundaryResiduals must be >= 1, was " + boundaryResiduals);
    }
  }

  /** A layer with a KV cache of its own. */
  public Layer(Attention attention, Ffn ffn, long otherParameters, int boundaryResiduals) {
    this(attention, ffn, otherParameters, boundaryResiduals, OptionalInt.empty(), Optional.empty());
  }

  /** The same layer reading the KV cache of layer {@code source}. */
  public Layer withKvSource(int source) {
    return new Layer(
        attention, ffn, otherParameters, boundaryResiduals, OptionalInt.of(source), stored);
  }

  /** The same layer as a checkpoint stores it. */
  public Layer storedAs(WeightFormats formats) {
    return new Layer(
        attention, ffn, otherParameters, boundaryResiduals, kvSource, Optional.of(formats));
  }

  /** What its operations follow from. */
  public LayerKind kind() {
    return new LayerKind(attention, ffn, stored);
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
    return new Layer(attention, ffn, otherParameters + added, boundaryResiduals, kvSource, stored);
  }

  /**
   * This layer as one that drafts a token: with a cache of its own, before it a norm of the hidden
   * state, a norm of the last token's embedding and a projection of both, after it a norm.
   *
   * <p>Source: DeepSeek-V3 report, section 2.2; the modules of GLM-4.5, Qwen3-Next, MiMo and Ernie
   * have the same parts.
   */
  public Layer predictingNext(int hiddenSize) {
    return new Layer(attention, ffn, otherParameters, boundaryResiduals)
        .withMoreParameters(2L * hiddenSize * hiddenSize + 3L * hiddenSize);
  }

  /** Weights in elements that one token uses. */
  public long activeParameters() {
    return attention.parameters() + ffn.activeParameters() + otherParameters;
  }
}
