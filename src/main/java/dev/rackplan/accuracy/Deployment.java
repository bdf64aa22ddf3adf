package dev.rackplan.accuracy;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;

/**
 * GPUs that serve one phase in one layout.
 *
 * @param problem with the load of the phase
 * @param layout the only one that it allows
 */
public record Deployment(Problem problem, Layout layout) {}
