/**
 * What no plan can beat: lower bounds, and the exact stage split for fixed layer costs.
 *
 * <p>May import {@code cost} and what lies before it; the only package that uses Commons Math. Pure
 * functions.
 */
package dev.rackplan.bound;
