package dev.rackplan.law;

/** Figures that measured rows say the error of. */
public enum ModelledFigure {
  /** Time per output token. */
  TPOT("tpot"),
  /** A prefill step, whose prompts wait for no other. */
  PREFILL("prefill"),
  /** Time to first token of a deployment under load, against that of a prompt alone. */
  SERVED_TTFT("servedTtft"),
  /** An optimizer step. */
  TRAINING("trainingStep"),
  /** What a training framework's allocator holds at most on the fullest GPU. */
  TRAINING_MEMORY("trainingMemory");

  private final String key;

  ModelledFigure(String key) {
    this.key = key;
  }

  /** Whether it is of training, whose rows name no inference engine. */
  public boolean isOfTraining() {
    return this == TRAINING || this == TRAINING_MEMORY;
  }

  /** Its name in files. */
  public String key() {
    return key;
  }
}
