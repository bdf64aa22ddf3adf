package dev.rackplan.report;

import dev.rackplan.plan.Layout;

/**
 * A plan that no other one found beats in both throughput and step time.
 *
 * @param stepSeconds TPOT or TTFT in s
 * @param tokensPerSecondPerGpu of the whole deployment over its GPUs
 */
public record ThroughputPoint(Layout layout, double stepSeconds, double tokensPerSecondPerGpu) {}
