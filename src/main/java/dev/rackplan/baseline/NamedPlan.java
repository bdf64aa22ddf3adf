package dev.rackplan.baseline;

import dev.rackplan.plan.Plan;

/**
 * A plan somebody would make without rackplan.
 *
 * @param name {@code contiguous}, {@code round-robin}, {@code eplb-hierarchical}, {@code
 *     eplb-global} or {@code even-stages}
 */
public record NamedPlan(String name, Plan plan) {}
