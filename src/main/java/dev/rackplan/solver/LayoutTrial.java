package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;

/**
 * One layout that was looked at.
 *
 * @param stepSeconds TPOT or TTFT reached in s; empty where it wasn't solved
 * @param tokensPerSecondPerGpu reached; empty where it wasn't solved
 * @param outcome {@code chosen}, or why it lost
 */
public record LayoutTrial(
    Layout layout,
    OptionalDouble stepSeconds,
    OptionalDouble tokensPerSecondPerGpu,
    String outcome) {}
