package dev.rackplan.law;

/** Times that measured rows say the error of. */
public enum ModelledTime {
  /** Time per output token. */
  TPOT("tpot"),
  /** A prefill step, whose prompts wait for no other. */
  PREFILL("prefill"),
  /** Time to first token of a deployment under load, against that of a prompt alone. */
  SERVED_TTFT("servedTtft"),
  /** An optimizer step. */
  TRAINING("trainingStep");

  private final String key;

  ModelledTime(String key) {
    this.key = key;
  }

  /** Its name in files. */
  public String key() {
    return key;
  }
}
