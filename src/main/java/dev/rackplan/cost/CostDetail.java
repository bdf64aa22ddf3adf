package dev.rackplan.cost;

/** How much a {@link CostedPlan} says; each value says all that those before it say. */
public enum CostDetail {
  /** Times and memory: what a search compares plans by. */
  TIMES,
  /** Also how experts are placed: what an evaluation tells. */
  FIGURES,
  /** Also what each GPU does in each MoE layer, in its slowest scenario. */
  GPUS
}
