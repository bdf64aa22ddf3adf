package dev.rackplan.replan;

/** A running plan that can't go on under the changed problem: why, and what to do. */
public final class NoReplanException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  NoReplanException(String reason, String remedy) {
    super(reason);
    this.remedy = remedy;
  }

  /** One sentence that says what to do. */
  public String remedy() {
    return remedy;
  }
}
