/**
 * The usual layouts, to measure against and to start from: contiguous, round-robin, EPLB (both
 * modes), even stage split; and a public placer's rule of copies.
 *
 * <p>May import {@code topology}, {@code model}, {@code workload}, {@code problem}, {@code plan}.
 * Knows no cost: each baseline places by its own rule.
 */
package dev.rackplan.baseline;
