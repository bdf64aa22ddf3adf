/**
 * What no plan can beat: lower bounds, and the exact stage split for fixed layer costs.
 *
 * <p>May import {@code cost} and what lies before it; uses Hipparchus. Pure functions.
 */
package dev.rackplan.bound;
