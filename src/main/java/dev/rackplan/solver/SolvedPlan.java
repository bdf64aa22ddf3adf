package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import java.util.OptionalDouble;

/**
 * The best plan found of one layout; it keeps every limit.
 *
 * @param solver that found it
 * @param plusMinus how sure its step is, as a share of it; empty where that is not known
 */
record SolvedPlan(LayoutSolver solver, Plan plan, Standing standing, OptionalDouble plusMinus) {
  Layout layout() {
    return plan.layout();
  }
}
