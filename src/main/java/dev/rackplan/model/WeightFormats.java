package dev.rackplan.model;

/**
 * Number formats of one layer's weights: as a checkpoint stores them, or as a recipe keeps them in
 * training. Where parts of a module differ, that of most of them. Routers and norms are never
 * quantised.
 *
 * @param attention token mixer
 * @param ffn dense FFN, or shared experts
 * @param experts routed experts
 * @param kept whether they hold whatever a problem says of all layers
 */
public record WeightFormats(Dtype attention, Dtype ffn, Dtype experts, boolean kept) {
  /** As a checkpoint stores them. */
  public WeightFormats(Dtype attention, Dtype ffn, Dtype experts) {
    this(attention, ffn, experts, false);
  }
}
