package dev.rackplan.model;

import java.util.Optional;

/**
 * What a layer's operations follow from: layers of one kind take the same time on the same GPUs.
 *
 * @param attention token mixer
 * @param ffn feed-forward part
 * @param stored number formats of its weights; empty where nothing is known of them
 * @param streams residual streams that it mixes
 */
public record LayerKind(
    Attention attention, Ffn ffn, Optional<WeightFormats> stored, int streams) {}
