package dev.rackplan.solver;

import dev.rackplan.plan.Plan;

/**
 * A layout that fits, ready to be searched.
 *
 * @param start what its search begins with
 * @param bound the best that the layout could reach
 */
record Candidate(LayoutSolver solver, Plan start, Standing bound) {}
