package dev.rackplan.accuracy;

/** What a published row is for. */
public enum RowUse {
  /** Constants of its hardware family were set by it, so its own error says little. */
  CALIBRATION,
  /** No constant was set by it. */
  CHECK,
  /** Has no published value of its own: one side of a comparison. */
  ORDER
}
