package dev.rackplan.cost.economics;

import java.util.OptionalDouble;

/**
 * One step of decoding at one batch size, by the lecture's roofline.
 *
 * @param batch sequences that each get one token
 * @param computeSeconds {@code 2·B·N_active / F}
 * @param weightSeconds weights that the batch touches, read once
 * @param kvSeconds every sequence's KV cache, read once
 * @param stepSeconds the longer of compute and memory: the time per token of each sequence
 * @param usdPerMillionTokens the step's rent over its tokens; empty without a price
 */
public record RooflinePoint(
    long batch,
    double computeSeconds,
    double weightSeconds,
    double kvSeconds,
    double stepSeconds,
    OptionalDouble usdPerMillionTokens) {

  /** What the step waits for, in a word for tables. */
  public String binds() {
    if (computeSeconds >= weightSeconds + kvSeconds) {
      return "compute";
    }
    return weightSeconds >= kvSeconds ? "weights" : "KV";
  }
}
