package dev.rackplan.problem;

/** What makes one feasible plan better than another. */
public enum Objective {
  /** Most tokens per second and GPU. */
  THROUGHPUT,
  /** Shortest TPOT (decode) or TTFT (prefill). */
  LATENCY,
  /** Fewest USD per million tokens. */
  COST
}
