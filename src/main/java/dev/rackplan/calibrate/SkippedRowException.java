package dev.rackplan.calibrate;

/** A row that no law is fitted to. */
final class SkippedRowException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RowSkip rule;

  SkippedRowException(RowSkip rule) {
    // Thrown for many rows, and only counted.
    super(rule.words(), null, false, false);
    this.rule = rule;
  }

  RowSkip rule() {
    return rule;
  }
}
