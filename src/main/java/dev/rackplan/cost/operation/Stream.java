package dev.rackplan.cost.operation;

/** What a term's work occupies. Work of two streams may run side by side: {@link StreamOverlap}. */
public enum Stream {
  /** The GPU's compute units and memory. */
  COMPUTE,
  /** Copies between GPUs. */
  NETWORK,
  /** Both, or neither: nothing runs beside it. */
  ALONE
}
