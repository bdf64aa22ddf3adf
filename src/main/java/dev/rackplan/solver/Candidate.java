package dev.rackplan.solver;

import dev.rackplan.plan.Plan;

/**
 * A layout that fits, ready to be searched.
 *
 * @param start what its search begins with
 * @param startStanding how good that is
 * @param bound the best that the layout could reach; where it is the only one, its start
 */
record Candidate(LayoutSolver solver, Plan start, Standing startStanding, Standing bound) {}
