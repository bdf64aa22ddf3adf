package dev.rackplan.accuracy;

/**
 * What a serving row has in common with others.
 *
 * @param model as the row names it
 * @param gpu likewise
 * @param engine likewise, without its version
 * @param precision of weights and experts, such as {@code fp8_block}; {@code as stored} where the
 *     row says none
 * @param inputTokens of a prompt
 * @param outputTokens of an answer
 * @param layout degrees of the pool that decodes, such as {@code TP8 EP8}
 * @param gpus of one deployment; both pools where there are two
 * @param sequences that one deployment decodes at once
 * @param sequencesPerRank the same of one attention rank
 */
public record RowFamily(
    String model,
    String gpu,
    String engine,
    String precision,
    int inputTokens,
    int outputTokens,
    String layout,
    int gpus,
    double sequences,
    double sequencesPerRank) {

  /** What rows of one decision share: all except how they were laid out and loaded. */
  public String decision() {
    return String.join(
        ", ", model, gpu, engine, precision, inputTokens + " in", outputTokens + " out");
  }

  /** What rows share whose GPUs are compared: model, lengths and sequences a GPU. */
  String loadOfGpu() {
    return String.join(
        ", ", model, inputTokens + " in", outputTokens + " out", sequences / gpus + " a GPU");
  }

  /** Sequences of one attention rank, in steps of four times. */
  public String batch() {
    int least = 1;
    while (least * 4 <= sequencesPerRank) {
      least *= 4;
    }
    return least + " to " + (4 * least - 1);
  }
}
