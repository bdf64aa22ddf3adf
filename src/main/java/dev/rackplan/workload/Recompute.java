package dev.rackplan.workload;

/** What the backward pass computes again instead of keeping it. */
public enum Recompute {
  /** Nothing. */
  NONE,
  /** The attention core; latent attention's expanded queries, keys and values with it. */
  SELECTIVE,
  /** As selective, and norms and activation functions, which cost little. */
  POINTWISE,
  /** Whole layers: only each layer's input is kept. */
  FULL
}
