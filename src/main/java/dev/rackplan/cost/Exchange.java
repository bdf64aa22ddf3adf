package dev.rackplan.cost;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;

/** How the GPUs of a stage exchange activations around routed experts. */
enum Exchange {
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

  /**
   * What the layout says, else what engines do: they sum up where one attention rank spans the
   * stage, gather where experts are sliced, and send tokens to experts otherwise. Training always
   * sends.
   */
  static Exchange of(Problem problem, Layout layout) {
    if (layout.gpusPerStage() == 1) {
      return NONE;
    }
    return switch (layout.moeCommunication()) {
      case ALL_TO_ALL -> ALL_TO_ALL;
      case ALL_GATHER -> ALL_GATHER;
      case ALL_REDUCE -> ALL_REDUCE;
      case DEFAULT -> usual(problem.workload().phase(), layout);
    };
  }

  private static Exchange usual(Phase phase, Layout layout) {
    if (phase == Phase.TRAINING) {
      return ALL_TO_ALL;
    }
    if (layout.tokenGroups() == 1) {
      return ALL_REDUCE;
    }
    return layout.expertTensorParallel() > 1 ? ALL_GATHER : ALL_TO_ALL;
  }

  /** Whether every GPU has every token of the stage while it computes experts. */
  boolean hasAllTokens() {
    return this != ALL_TO_ALL;
  }
}
