package dev.rackplan.law;

/**
 * The core of multi-head latent attention in its absorbed form, one query token a sequence: all
 * heads read one latent and one rotary key a token.
 *
 * @param sequences b
 * @param heads H on this GPU
 * @param keys S that the query sees
 * @param latentRank elements r of the latent
 * @param ropeSize elements of the rotary key
 */
public record LatentDecode(
    double sequences, double heads, double keys, double latentRank, double ropeSize)
    implements Op {}
