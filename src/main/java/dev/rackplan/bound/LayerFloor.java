package dev.rackplan.bound;

/**
 * What a layer costs at least.
 *
 * @param seconds the whole layer in s
 * @param terms bounds of what a placement decides; zero without routed experts
 */
public record LayerFloor(double seconds, LayerTerms terms) {}
