/**
 * Puts placers side by side on one problem, under one scorer and in equal time: the usual
 * placements, a plain annealing loop, and the search; or the search at several bandwidths.
 *
 * <p>May import everything down to {@code solver}; knows no files and prints nothing.
 */
package dev.rackplan.benchmark;
