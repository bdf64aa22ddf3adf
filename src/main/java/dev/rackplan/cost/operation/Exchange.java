package dev.rackplan.cost.operation;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;

/** How the GPUs of a stage exchange activations around routed experts. */
public enum Exchange {
  /** One GPU has all. */
  NONE,
  /** Tokens are sent to the GPUs of their experts and come back. */
  ALL_TO_ALL,
  /**
   * Every GPU gets every token of the stage and computes its own experts' part; a reduce-scatter
   * brings the sums back.
   */
  ALL_GATHER,
  /**
   * Every GPU has every token, as attention tensor parallelism leaves them, and computes its own
   * experts' part; an all-reduce sums up.
   */
  ALL_REDUCE;

  /** Of a layout: {@link Layout#communication}. */
  public static Exchange of(Problem problem, Layout layout) {
    if (layout.gpusPerStage() == 1) {
      return NONE;
    }
    return switch (layout.communication(problem.workload().phase())) {
      case ALL_GATHER -> ALL_GATHER;
      case ALL_REDUCE -> ALL_REDUCE;
      case ALL_TO_ALL, DEFAULT -> ALL_TO_ALL;
    };
  }
}
