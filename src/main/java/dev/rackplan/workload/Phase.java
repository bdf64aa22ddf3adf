package dev.rackplan.workload;

/** What a pass through the model does. */
public enum Phase {
  /** One step gives each running sequence its next token. */
  DECODE,
  /** A step reads a chunk of prompt tokens. */
  PREFILL,
  /** A step is one optimizer step: every sequence of the global batch forward and backward. */
  TRAINING
}
