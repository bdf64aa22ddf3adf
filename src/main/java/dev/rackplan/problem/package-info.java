/**
 * One question to rackplan: model + topology + workload + open degrees + limits + objective,
 * checked against each other. {@link dev.rackplan.problem.Degree} says what a layout holds.
 *
 * <p>May import {@code topology}, {@code model}, {@code workload}.
 */
package dev.rackplan.problem;
