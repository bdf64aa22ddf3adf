package dev.rackplan.law;

/**
 * A whole block of latent attention, one query token a sequence: projections, norms, absorbed
 * matrices, cache write, core, output projection.
 *
 * @param core its core
 * @param weights elements of its projections' weights on this GPU
 */
public record LatentDecodeBlock(LatentDecode core, double weights) implements Op {}
