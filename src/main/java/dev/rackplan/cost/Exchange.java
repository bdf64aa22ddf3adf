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
   * Every GPU has every token, as attention tensor parallelism leaves them, and computes its own
   * experts' part; an all-reduce sums up.
   */
  ALL_REDUCE;

  /**
   * Engines send tokens to experts where attention is data-parallel; where one attention rank spans
   * the stage they sum up. Training always sends.
   */
  static Exchange of(Problem problem, Layout layout) {
    if (layout.gpusPerStage() == 1) {
      return NONE;
    }
    return layout.attentionRanks() == 1 && problem.workload().phase() != Phase.TRAINING
        ? ALL_REDUCE
        : ALL_TO_ALL;
  }
}
