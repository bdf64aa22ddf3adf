package dev.rackplan.cost.operation;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.SharedExperts;
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
   * Of {@code moe} under {@code layout}: routed experts lie whole on a GPU, or in slices on as many
   * as expert tensor parallelism says. Shared experts lie whole where tokens travel one by one, and
   * in parts on the GPUs that have the same tokens otherwise.
   */
  public static MoeShard of(MoeFfn moe, Layout layout, Problem problem) {
    double parts = sharedParts(layout, problem);
    return new MoeShard(
        moe.parametersPerExpert() / (double) layout.expertTensorParallel(),
        moe.sharedParameters() / parts,
        moe.routerParameters());
  }

  /** GPUs over which shared experts are divided: {@link SharedExperts}. */
  static int sharedParts(Layout layout, Problem problem) {
    boolean sends = Exchange.of(problem, layout) == Exchange.ALL_TO_ALL;
    return SharedExperts.parts(problem.engine().kind(), sends, layout);
  }

  /** What every token uses: shared experts and gate. */
  public double alwaysParameters() {
    return sharedParameters + routerParameters;
  }
}
