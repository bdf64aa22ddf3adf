package dev.rackplan.accuracy;

import java.util.OptionalDouble;

/**
 * A measured training run.
 *
 * @param id as the file calls it
 * @param family model and GPU, as the file calls them
 * @param group rows of one model on the same hardware, in the file's words
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
    boolean doubted,
    RowRun run,
    OptionalDouble stepSeconds,
    OptionalDouble memoryBytes,
    boolean ranOut) {

  /**
   * What rows are summed up by.
   *
   * @param model as the file calls it
   * @param gpu likewise
   * @param framework likewise
   */
  public record Family(String model, String gpu, String framework) {}
}
