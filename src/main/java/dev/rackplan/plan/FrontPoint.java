package dev.rackplan.plan;

/**
 * A plan that no other one found beats in both.
 *
 * @param stepSeconds TPOT or TTFT in s
 * @param tokensPerSecondPerGpu of the whole deployment over its GPUs
 */
public record FrontPoint(Layout layout, double stepSeconds, double tokensPerSecondPerGpu) {}
