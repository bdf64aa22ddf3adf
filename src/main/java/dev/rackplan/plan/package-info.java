/**
 * The answer: layout, stages with their GPUs, and which expert sits in which slot. Immutable; the
 * only answer type.
 *
 * <p>May import {@code problem} and what lies before it.
 */
package dev.rackplan.plan;
