package dev.rackplan.sensitivity;

import dev.rackplan.plan.Layout;

/**
 * Where another layout becomes better than the plan's.
 *
 * @param input what is changed
 * @param factor the input over what the problem says, from which on the other is better; within
 *     0.1%. 1: it is better already
 * @param to the other layout
 * @param because whether the plan's layout breaks a limit there; else it is only slower
 */
public record Flip(Input input, double factor, Layout to, boolean because) {}
