package dev.rackplan.plan;

import java.util.OptionalDouble;

/**
 * One layout that was looked at.
 *
 * @param stepSeconds TPOT or TTFT in s, reached or estimated; empty where neither
 * @param tokensPerSecondPerGpu likewise
 * @param plusMinus share of the time within which two of three measured ones lie; empty where it
 *     was not solved, or that is not known
 * @param reason kind of outcome
 * @param outcome {@code chosen}, or why it lost
 */
public record LayoutTrial(
    Layout layout,
    OptionalDouble stepSeconds,
    OptionalDouble tokensPerSecondPerGpu,
    OptionalDouble plusMinus,
    Reason reason,
    String outcome) {

  /** The same of a layout that was solved, with how sure its time is. */
  public LayoutTrial with(OptionalDouble share) {
    return new LayoutTrial(layout, stepSeconds, tokensPerSecondPerGpu, share, reason, outcome);
  }

  /** Why a layout is not the plan's. */
  public enum Reason {
    /** It is. */
    CHOSEN,
    /** Solved, and worse. */
    WORSE,
    /** Its bound is no better than the best plan. */
    BOUND,
    /** Not solved, since others were estimated better. */
    ESTIMATE,
    /** Memory does not hold it. */
    MEMORY,
    /** Too slow. */
    TIME,
    /** Its degrees do not fit the model or the cluster, or the search was stopped before. */
    OTHER
  }
}
