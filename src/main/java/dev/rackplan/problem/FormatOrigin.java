package dev.rackplan.problem;

/** Who says a number format. */
public enum FormatOrigin {
  /** The problem's {@code precision}. */
  PROBLEM,
  /** The model's checkpoint. */
  CHECKPOINT,
  /** Nobody: what engines do. */
  DEFAULT
}
