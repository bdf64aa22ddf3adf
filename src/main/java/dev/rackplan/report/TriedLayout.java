package dev.rackplan.report;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;

/**
 * One layout that the search looked at.
 *
 * @param stepSeconds TPOT or TTFT reached in s; empty where it was not solved
 * @param tokensPerSecondPerGpu reached; empty where it was not solved
 * @param outcome {@code chosen}, or why it lost
 */
public record TriedLayout(
    Layout layout,
    OptionalDouble stepSeconds,
    OptionalDouble tokensPerSecondPerGpu,
    String outcome) {}
