package dev.rackplan.law;

/**
 * An all-reduce, all-gather or reduce-scatter.
 *
 * @param bytes of the whole vector
 * @param elements of it
 * @param ranks GPUs that take part
 */
public record Collective(double bytes, double elements, double ranks) implements Op {}
