package dev.rackplan.law;

/**
 * The core of multi-head latent attention with keys and values expanded, new tokens of each
 * sequence.
 *
 * @param sequences b
 * @param queries new tokens q of each
 * @param prefix tokens of each that lie in the cache
 * @param heads H on this GPU
 * @param keySize elements of an expanded key, the rotary ones among them
 * @param valueSize elements of an expanded value
 */
public record LatentPrefill(
    double sequences, double queries, double prefix, double heads, double keySize, double valueSize)
    implements Op {}
