package dev.rackplan.accuracy;

/** What became of a measured row. */
public sealed interface RowResult permits MeasuredPrediction, RowResult.Refused {
  /** The row. */
  MeasuredRow row();

  /**
   * A row that could not be priced.
   *
   * @param why in words
   */
  record Refused(MeasuredRow row, String why) implements RowResult {}
}
