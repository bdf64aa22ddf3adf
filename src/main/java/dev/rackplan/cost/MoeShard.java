package dev.rackplan.cost;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;

/**
 * Weights of a MoE layer on one GPU, in elements: the one place that says how a layout divides
 * them. Memory, expert times and their bounds read it.
 *
 * @param expertParameters of one routed expert
 * @param alwaysParameters shared experts and router, which every token uses; whole on each GPU
 */
public record MoeShard(double expertParameters, double alwaysParameters) {

  /** Of {@code moe} under {@code layout}: experts lie whole on a GPU. */
  public static MoeShard of(MoeFfn moe, Layout layout) {
    return new MoeShard(
        moe.parametersPerExpert(), moe.sharedParameters() + (double) moe.routerParameters());
  }
}
