package dev.rackplan.law;

/**
 * A whole block of latent attention, new tokens of each sequence.
 *
 * @param core its core
 * @param weights elements of its projections' weights on this GPU
 */
public record LatentPrefillBlock(LatentPrefill core, double weights) implements Op {}
