package dev.rackplan.export;

/** A plan that a target can't express: why, and what would help. */
public final class ExportRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  ExportRefusal(String reason, String remedy) {
    super(reason);
    this.remedy = remedy;
  }

  /** One sentence that says what to do. */
  public String remedy() {
    return remedy;
  }
}
