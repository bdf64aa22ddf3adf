package dev.rackplan.law;

/**
 * {@code y[m, n] = x[m, k] · W}: x comes in BF16 and is brought to the weights' format first.
 *
 * @param rows m: tokens
 * @param width n: outputs on this GPU
 * @param depth k: inputs on this GPU
 */
public record Gemm(double rows, double width, double depth) implements Op {}
