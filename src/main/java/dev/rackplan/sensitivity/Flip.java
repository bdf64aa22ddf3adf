package dev.rackplan.sensitivity;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;

/**
 * Where another layout becomes better than the plan's.
 *
 * @param input what is changed
 * @param factor the input over what the problem says, from which on the other is better; within
 *     0.1%. 1: it is better already
 * @param to the other layout
 * @param gain share by which other layouts are better at the outermost factor on that side; empty
 *     where the plan's layout breaks a limit there
 */
public record Flip(Input input, double factor, Layout to, OptionalDouble gain) {}
