/**
 * One question to rackplan: model + topology + workload + layout limits + objective, checked
 * against each other.
 *
 * <p>May import {@code topology}, {@code model}, {@code workload}.
 */
package dev.rackplan.problem;
