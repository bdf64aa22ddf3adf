package dev.rackplan.law;

/**
 * Softmax attention of one query token a sequence.
 *
 * @param sequences b
 * @param heads query heads H on this GPU
 * @param kvHeads key-value heads g on this GPU
 * @param headSize elements d of a head
 * @param keys keys S that the query sees: those of its window where it has one
 */
public record DecodeAttention(
    double sequences, double heads, double kvHeads, double headSize, double keys) implements Op {}
