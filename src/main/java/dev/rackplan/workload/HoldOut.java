package dev.rackplan.workload;

/**
 * Which tokens of a sample are kept back, for a plan to be judged on.
 *
 * @param share of the tokens, in (0, 1)
 * @param by what is kept back whole
 */
public record HoldOut(double share, By by) {

  /** What is never divided between the tokens that are planned with and those kept back. */
  public enum By {
    /** The fewest last requests that hold the share: nothing of a request is seen before. */
    REQUEST,
    /** The last tokens, to the token: of one request both halves may hold some. */
    TOKEN
  }

  public HoldOut {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("share must be > 0 and < 1, was " + share);
    }
  }
}
