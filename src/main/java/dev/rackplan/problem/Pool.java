package dev.rackplan.problem;

/** One of the two sets of GPUs that serve requests together, each with its own plan. */
public enum Pool {
  /** Reads prompts. */
  PREFILL,
  /** Writes answers. */
  DECODE
}
