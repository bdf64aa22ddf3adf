/**
 * The GPUs of a stage ({@link dev.rackplan.cost.link.StageShape}), the links above them, and what
 * collectives and hops take there.
 *
 * <p>Of the other parts of {@code cost} it knows {@code operation} only.
 */
package dev.rackplan.cost.link;
