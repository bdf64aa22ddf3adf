package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;

/**
 * One layout that was looked at.
 *
 * @param stepSeconds TPOT or TTFT in s, reached or estimated; empty where neither
 * @param tokensPerSecondPerGpu likewise
 * @param outcome {@code chosen}, or why it lost
 */
public record LayoutTrial(
    Layout layout,
    OptionalDouble stepSeconds,
    OptionalDouble tokensPerSecondPerGpu,
    String outcome) {}
