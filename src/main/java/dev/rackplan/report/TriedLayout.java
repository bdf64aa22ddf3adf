package dev.rackplan.report;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;

/**
 * One layout that the search looked at.
 *
 * @param stepSeconds TPOT or TTFT in s, reached or estimated; empty where neither
 * @param tokensPerSecondPerGpu likewise
 * @param reason kind of outcome
 * @param outcome {@code chosen}, or why it lost
 */
public record TriedLayout(
    Layout layout,
    OptionalDouble stepSeconds,
    OptionalDouble tokensPerSecondPerGpu,
    Reason reason,
    String outcome) {

  /** Kinds of outcomes, in the order in which reports count them. */
  public enum Reason {
    CHOSEN,
    WORSE,
    BOUND,
    ESTIMATE,
    MEMORY,
    TIME,
    OTHER
  }
}
