package dev.rackplan.replay;

/** What a pool's GPUs do with a request. */
public enum Role {
  /** They read prompts; another pool decodes. */
  PREFILL,
  /** They decode; another pool reads prompts. */
  DECODE,
  /** They do both. */
  BOTH
}
