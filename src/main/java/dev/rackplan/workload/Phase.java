package dev.rackplan.workload;

/** What a forward pass does. */
public enum Phase {
  /** One step gives each running sequence its next token. */
  DECODE,
  /** A step reads a chunk of prompt tokens. */
  PREFILL
}
