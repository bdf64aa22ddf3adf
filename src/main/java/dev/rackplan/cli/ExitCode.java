package dev.rackplan.cli;

/** What the process says to the shell. */
final class ExitCode {
  /** The command did what was asked. */
  static final int SOLVED = 0;

  /** A bug in rackplan. */
  static final int BUG = 1;

  /** Bad input or usage: the message says which, and one remedy. */
  static final int BAD_INPUT = 2;

  /**
   * A result, not a failure: no plan keeps within the limits; the output says which limit, and by
   * how much.
   */
  static final int NO_FEASIBLE_PLAN = 3;

  private ExitCode() {}
}
