package dev.rackplan.law;

/**
 * The routed experts of one GPU: top-k, sort, permute, quantise, two grouped products, activation,
 * weighted sum.
 *
 * @param pairs (token, expert) pairs that it computes
 * @param active experts of its own that at least one token chose
 * @param tokens tokens that it handles: all of the group where activations are gathered, those that
 *     reach it (= pairs) where they are sent to experts
 * @param hiddenSize elements h of a token's activation
 * @param innerSize elements i of an expert's inner layer on this GPU
 */
public record Experts(
    double pairs, double active, double tokens, double hiddenSize, double innerSize)
    implements Op {}
