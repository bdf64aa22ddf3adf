package dev.rackplan.law;

/**
 * How far a law is from measured times that it was not fitted to, {@code |law / measured - 1|}.
 *
 * @param median of them
 * @param p90 of them
 */
public record FitError(double median, double p90) {}
