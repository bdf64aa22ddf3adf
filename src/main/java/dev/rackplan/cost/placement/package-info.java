/**
 * What a placement of experts makes of tokens: how many fall to each GPU, and which copies go to
 * which domain. Counts only; {@link dev.rackplan.cost.placement.PlacementTally} is the one mutable
 * class, which the search updates move by move.
 *
 * <p>Loads and copies are sums of whole numbers ({@link dev.rackplan.cost.operation.FixedPoint}),
 * so that any order of updates gives the same value as a fresh count. Of the other parts of {@code
 * cost} it knows {@code link} and {@code operation}.
 */
package dev.rackplan.cost.placement;
