package dev.rackplan.cost;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;

/**
 * Weights of a MoE layer on one GPU, in elements: the one place that says how a layout divides
 * them. Memory, times and their bounds read it.
 *
 * @param expertParameters of one routed expert
 * @param sharedParameters shared experts
 * @param routerParameters of the gate
 */
public record MoeShard(double expertParameters, double sharedParameters, double routerParameters) {

  /**
   * Of {@code moe} under {@code layout}: experts lie whole on a GPU; so do shared experts, except
   * where every GPU has every token: there each holds a part.
   */
  public static MoeShard of(MoeFfn moe, Layout layout, Problem problem) {
    double parts = Exchange.of(problem, layout) == Exchange.ALL_REDUCE ? layout.gpusPerStage() : 1;
    return new MoeShard(
        moe.parametersPerExpert(), moe.sharedParameters() / parts, moe.routerParameters());
  }

  /** What every token uses: shared experts and gate. */
  public double alwaysParameters() {
    return sharedParameters + routerParameters;
  }
}
