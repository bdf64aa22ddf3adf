/**
 * Judges any plan, whoever made it: figures, gains, gaps, bottlenecks, read off a {@link
 * dev.rackplan.cost.CostedPlan}; counts nothing again.
 *
 * <p>May import {@code bound}, {@code cost} and what lies before them; never {@code solver}: the
 * two share {@code cost} only.
 */
package dev.rackplan.evaluation;
