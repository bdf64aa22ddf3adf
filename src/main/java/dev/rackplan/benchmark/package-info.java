/**
 * Puts placers side by side on one problem, under one scorer and in equal time: the usual
 * placements, those of engines, a plain annealing loop, and the search; or the search at several
 * bandwidths; or ways to replan from window to window.
 *
 * <p>May import everything down to {@code replan}; knows no files and prints nothing.
 */
package dev.rackplan.benchmark;
