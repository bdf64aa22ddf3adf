/**
 * What a plan costs, counted once and priced once: {@link dev.rackplan.cost.CostedPlan}, of
 * instances, stages and layers, always by {@link dev.rackplan.cost.Term}. Pure.
 *
 * <p>Formulas with their sources: docs/cost-model.md. Seconds, bytes, FLOPs. May import {@code
 * topology}, {@code model}, {@code workload}, {@code problem}, {@code plan}; no search, no files,
 * no clock. Figures that the search updates move by move are sums of whole numbers ({@link
 * dev.rackplan.cost.FixedPoint}), so that any order of updates gives the same value as a fresh
 * count.
 */
package dev.rackplan.cost;
