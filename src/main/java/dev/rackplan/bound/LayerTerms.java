package dev.rackplan.bound;

/**
 * Bounds on the two terms that a placement decides, which hold together: for every placement some
 * scenario's {@code expert seconds + w · seconds per byte}, whatever {@code w ≥ 0}, is at least
 * that of these two.
 *
 * @param expertSeconds slowest GPU's experts in s
 * @param secondsPerByte busiest link, in s per byte of one copy
 */
public record LayerTerms(BoundValue expertSeconds, BoundValue secondsPerByte) {}
