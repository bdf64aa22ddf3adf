package dev.rackplan.cost;

import java.util.Optional;

/**
 * Time of one layer on one stage for one micro-batch; in training of its forward and backward pass
 * together.
 *
 * @param terms term by term, in s
 * @param seconds the layer, every term in its place ({@link StreamOverlap})
 * @param training forward and backward pass apart, in training
 */
public record LayerCost(Breakdown terms, double seconds, Optional<LayerTraining> training) {}
