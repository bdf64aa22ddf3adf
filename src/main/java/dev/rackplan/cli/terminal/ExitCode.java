package dev.rackplan.cli.terminal;

/** What the process says to the shell. */
public final class ExitCode {
  /** The command did what was asked. */
  public static final int SOLVED = 0;

  /** A bug in rackplan. */
  public static final int BUG = 1;

  /** Bad input or usage: the message says which, and one remedy. */
  public static final int BAD_INPUT = 2;

  /**
   * A result, not a failure: no plan keeps within the limits; the output says which limit, and by
   * how much.
   */
  public static final int NO_FEASIBLE_PLAN = 3;

  private ExitCode() {}
}
