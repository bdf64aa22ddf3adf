/**
 * The search: layouts outside, stages and expert placement inside. The only package (with its two
 * subpackages) that uses OptaPlanner.
 *
 * <p>The door is {@link dev.rackplan.solver.PlanSolver}. May import {@code baseline}, {@code
 * bound}, {@code cost} and what lies before them; never {@code json}, {@code report}, {@code
 * evaluation}.
 */
package dev.rackplan.solver;
