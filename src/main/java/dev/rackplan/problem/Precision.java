package dev.rackplan.problem;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.model.WeightFormats;
import java.util.Optional;
import java.util.function.Function;

/**
 * Number formats. Costs ask for those of a layer: where the checkpoint says them, each module of
 * each layer has its own.
 *
 * @param weights projections, dense FFNs and shared experts; from a checkpoint that of most of them
 * @param experts routed experts' weights, likewise
 * @param kv KV cache
 * @param dispatch activations sent to experts
 * @param combine activations sent back
 * @param attention token mixers, where the problem gives them one of their own
 * @param head LM head, likewise
 * @param origins who says so
 */
public record Precision(
    Dtype weights,
    Dtype experts,
    Dtype kv,
    Dtype dispatch,
    Dtype combine,
    Optional<Dtype> attention,
    Optional<Dtype> head,
    Origins origins) {

  /** Who says each format. */
  public record Origins(
      FormatOrigin weights,
      FormatOrigin experts,
      FormatOrigin kv,
      FormatOrigin dispatch,
      FormatOrigin combine) {
    /** All by the problem. */
    public static final Origins PROBLEM =
        new Origins(
            FormatOrigin.PROBLEM,
            FormatOrigin.PROBLEM,
            FormatOrigin.PROBLEM,
            FormatOrigin.PROBLEM,
            FormatOrigin.PROBLEM);
  }

  /** As the problem says, whatever a checkpoint says. */
  public Precision(Dtype weights, Dtype experts, Dtype kv, Dtype dispatch, Dtype combine) {
    this(
        weights,
        experts,
        kv,
        dispatch,
        combine,
        Optional.empty(),
        Optional.empty(),
        Origins.PROBLEM);
  }

  /** The same with another KV cache. */
  public Precision withKv(Dtype other) {
    return new Precision(
        weights,
        experts,
        other,
        dispatch,
        combine,
        attention,
        head,
        new Origins(
            origins.weights(),
            origins.experts(),
            FormatOrigin.PROBLEM,
            origins.dispatch(),
            origins.combine()));
  }

  /** The same with other weights in every layer, and other routed experts. */
  public Precision withWeights(Dtype other, Dtype otherExperts) {
    return new Precision(
        other,
        otherExperts,
        kv,
        dispatch,
        combine,
        Optional.empty(),
        head,
        new Origins(
            FormatOrigin.PROBLEM,
            FormatOrigin.PROBLEM,
            origins.kv(),
            origins.dispatch(),
            origins.combine()));
  }

  /**
   * Of weights that checkpoints don't quantise: embedding, head, router, norms. BF16 where the
   * others are narrower.
   */
  public Dtype unquantised() {
    return weights.bytes() < Dtype.BF16.bytes() ? Dtype.BF16 : weights;
  }

  /** Of a layer's token mixer. */
  public Dtype attention(Layer layer) {
    return kept(layer)
        .map(WeightFormats::attention)
        .or(() -> attention)
        .or(() -> stored(layer, WeightFormats::attention))
        .orElse(weights);
  }

  /** Of a layer's dense FFN, or its shared experts. */
  public Dtype ffn(Layer layer) {
    return kept(layer)
        .map(WeightFormats::ffn)
        .or(() -> stored(layer, WeightFormats::ffn))
        .orElse(weights);
  }

  /** Of a layer's routed experts. */
  public Dtype experts(Layer layer) {
    return (origins.experts() == FormatOrigin.CHECKPOINT ? layer.stored() : kept(layer))
        .map(WeightFormats::experts)
        .orElse(experts);
  }

  /** Of the LM head. */
  public Dtype head(Model model) {
    return head.or(() -> stored(model, StoredFormats::head)).orElseGet(this::unquantised);
  }

  /** Of what reads images, sound or video. */
  public Dtype vision(Model model) {
    return stored(model, StoredFormats::vision).orElseGet(this::unquantised);
  }

  private static Optional<WeightFormats> kept(Layer layer) {
    return layer.stored().filter(WeightFormats::kept);
  }

  private Optional<Dtype> stored(Layer layer, Function<WeightFormats, Dtype> module) {
    return origins.weights() == FormatOrigin.CHECKPOINT
        ? layer.stored().map(module)
        : Optional.empty();
  }

  private Optional<Dtype> stored(Model model, Function<StoredFormats, Dtype> module) {
    return origins.weights() == FormatOrigin.CHECKPOINT
        ? model.stored().map(module)
        : Optional.empty();
  }
}
