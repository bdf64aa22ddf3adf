/**
 * From a running plan to one for changed circumstances, or for the next window of traffic, and
 * which weights that moves.
 *
 * <p>May import what lies before {@code solver} and {@code solver} itself, whose search of a layer
 * it uses; must not import {@code json}, {@code report} or {@code cli}.
 */
package dev.rackplan.replan;
