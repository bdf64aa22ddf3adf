package dev.rackplan.evaluation;

/**
 * Memory of the fullest GPU.
 *
 * @param limitBytes capacity × (1 - reserve) of that GPU
 * @param peakBytes what the plan puts on it
 * @param kvHeadroomTokens tokens of KV cache that still fit there; 0 where nothing fits or no
 *     layer's KV grows
 * @param kvHeadroomSequences further sequences at the planning context that still fit there
 */
public record MemoryFigures(
    double limitBytes, double peakBytes, double kvHeadroomTokens, double kvHeadroomSequences) {}
