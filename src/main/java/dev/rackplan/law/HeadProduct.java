package dev.rackplan.law;

/**
 * One small product a head: latent attention's absorbed matrices, before and after its core.
 *
 * @param tokens n
 * @param heads H on this GPU
 * @param inputs elements of one head that go in
 * @param outputs elements of one head that come out
 */
public record HeadProduct(double tokens, double heads, double inputs, double outputs)
    implements Op {}
