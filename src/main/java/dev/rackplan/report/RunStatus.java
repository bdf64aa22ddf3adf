package dev.rackplan.report;

/** How a problem of a batch ended. */
public enum RunStatus {
  /** A plan was found and written. */
  SOLVED,
  /** A plan was found, but the one that was there is better and stays. */
  KEPT,
  /** It was solved before from the same inputs. */
  DONE,
  /** The search was stopped; the best plan so far was written. */
  STOPPED,
  /** The search had not begun when the batch was stopped. */
  NOT_BEGUN,
  /** No plan keeps the limits. */
  NO_PLAN,
  /** The problem can't be read, or its solution not be written. */
  BAD_INPUT,
  /** It needs more memory than the process has, also when it is alone. */
  OUT_OF_MEMORY,
  /** A bug. */
  FAILED
}
