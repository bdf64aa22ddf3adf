package dev.rackplan.accuracy;

import java.util.OptionalDouble;

/**
 * A measured training run.
 *
 * @param id as the file calls it
 * @param family model and GPU, as the file calls them
 * @param group rows of one model on the same hardware, in the file's words
 * @param source where it was published, in the file's words
 * @param conditions what rows have in common among which a layout is chosen: group, GPUs, global
 *     batch, sequence, precision and framework
 * @param choice the layout
 * @param doubted whether the file marks it as inferred or doubtful: priced, not counted
 * @param run how it ran
 * @param stepSeconds measured optimizer step in s; empty where it wasn't
 * @param memoryBytes measured memory of a GPU; likewise
 * @param ranOut whether it ran out of memory
 */
public record TrainingRow(
    String id,
    Family family,
    String group,
    String source,
    String conditions,
    Choice choice,
    boolean doubted,
    RowRun run,
    OptionalDouble stepSeconds,
    OptionalDouble memoryBytes,
    boolean ranOut) {

  /**
   * What is chosen.
   *
   * @param layout all but the micro-batch, in the file's words
   * @param microBatch sequences of a micro-batch, likewise
   */
  public record Choice(String layout, String microBatch) {}

  /**
   * What rows are summed up by.
   *
   * @param model as the file calls it
   * @param gpu likewise
   * @param framework likewise
   */
  public record Family(String model, String gpu, String framework) {}
}
