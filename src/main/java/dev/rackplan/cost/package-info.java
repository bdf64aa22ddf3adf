/**
 * What a plan costs: pure functions, one term per file, always a breakdown.
 *
 * <p>Formulas with their sources: docs/cost-model.md. Seconds, bytes, FLOPs. May import {@code
 * topology}, {@code model}, {@code workload}, {@code problem}, {@code plan}; no search, no files,
 * no clock. Figures that the search updates move by move are sums of whole numbers ({@link
 * dev.rackplan.cost.FixedPoint}), so that any order of updates gives the same value as a fresh
 * count.
 */
package dev.rackplan.cost;
