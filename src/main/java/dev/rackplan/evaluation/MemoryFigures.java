package dev.rackplan.evaluation;

import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.problem.MemoryRule;

/**
 * Memory of the fullest GPU.
 *
 * @param limitBytes what the engine's rule lets a plan fill of that GPU, or capacity × (1 -
 *     reserve)
 * @param peakBytes what the plan puts on it
 * @param kvHeadroomTokens tokens of KV cache that still fit there; 0 where nothing fits or no
 *     layer's KV grows
 * @param kvHeadroomSequences further sequences at the planning context that still fit there
 * @param kvTokens tokens of KV cache that fit there in all, for each attention rank; 0 where no
 *     layer's KV grows
 * @param confidence how sure {@code peakBytes} is, in training
 * @param rule what decides {@code kvTokens}
 * @param share its share of memory: of the engine's rule, also where the engine works it out, or
 *     what stays free
 */
public record MemoryFigures(
    double limitBytes,
    double peakBytes,
    double kvHeadroomTokens,
    double kvHeadroomSequences,
    double kvTokens,
    MemoryConfidence confidence,
    MemoryRule rule,
    double share) {}
