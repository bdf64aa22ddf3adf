package dev.rackplan.plan;

import java.util.OptionalDouble;

/**
 * A plan that no other one found beats in both.
 *
 * @param stepSeconds TPOT or TTFT in s
 * @param tokensPerSecondPerGpu of the whole deployment over its GPUs
 * @param plusMinus share of the time within which two of three measured ones lie; empty where that
 *     is not known
 */
public record FrontPoint(
    Layout layout, double stepSeconds, double tokensPerSecondPerGpu, OptionalDouble plusMinus) {}
