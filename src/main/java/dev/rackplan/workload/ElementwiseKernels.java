package dev.rackplan.workload;

/** How norms, rotary positions and activation functions run. */
public enum ElementwiseKernels {
  /** One kernel each: Transformer Engine, Apex, a compiler. */
  FUSED,
  /** A library's: norms are one kernel, casts, positions and activation functions several. */
  LIBRARY,
  /** Each operation of a norm, too, in FP32, its result kept for the backward pass. */
  SINGLE
}
