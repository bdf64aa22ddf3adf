package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;

/**
 * One of several plans that are compared.
 *
 * @param name as shown, such as the solution's file
 */
public record Compared(String name, Problem problem, Plan plan, Evaluation evaluation) {}
