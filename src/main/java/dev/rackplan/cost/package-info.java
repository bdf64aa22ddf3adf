/**
 * What a plan costs, counted once and priced once: {@link dev.rackplan.cost.CostedPlan}, of
 * instances, stages and layers, always by {@link dev.rackplan.cost.operation.Term}. Pure.
 *
 * <p>Here the parts are put together: a phase's steps ({@link dev.rackplan.cost.PhaseCost}), a
 * stage's layers ({@link dev.rackplan.cost.StageModel}), the experts of a layer under a placement
 * ({@link dev.rackplan.cost.ExpertLayerModel}). The parts lie below and don't know it: {@code
 * operation}, {@code link}, {@code placement}, {@code memory}, {@code pipeline}, {@code economics}.
 *
 * <p>Formulas with their sources: docs/cost-model.md. Seconds, bytes, FLOPs. May import {@code
 * topology}, {@code model}, {@code workload}, {@code problem}, {@code plan}; no search, no files,
 * no clock.
 */
package dev.rackplan.cost;
