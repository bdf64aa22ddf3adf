package dev.rackplan.model;

/**
 * Number formats in which a checkpoint stores one layer's weights. Where parts of a module differ,
 * that of most of them. Routers and norms are never quantised.
 *
 * @param attention token mixer
 * @param ffn dense FFN, or shared experts
 * @param experts routed experts
 */
public record WeightFormats(Dtype attention, Dtype ffn, Dtype experts) {}
