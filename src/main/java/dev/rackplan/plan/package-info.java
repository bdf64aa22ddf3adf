/**
 * The answer: layout, stages with their GPUs, which expert sits in which slot, and what else was
 * tried; and the rules that make a layout one that can't be. Immutable; the only answer type.
 *
 * <p>May import {@code problem} and what lies before it.
 */
package dev.rackplan.plan;
