package dev.rackplan.accuracy;

/** How a measured row ran, in the words of problems, or why it has no such words. */
public sealed interface RowRun permits ServingRun, TrainingRun, RowRun.NotExpressible {
  /**
   * A row that no problem stands for.
   *
   * @param why in words, with the value that is in the way
   */
  record NotExpressible(String why) implements RowRun {}
}
