/**
 * Judges any plan, whoever made it, from scratch.
 *
 * <p>May import {@code bound}, {@code cost} and what lies before them; never {@code solver}: the
 * two share {@code cost} only.
 */
package dev.rackplan.evaluation;
