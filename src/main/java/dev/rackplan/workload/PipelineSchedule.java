package dev.rackplan.workload;

/** In which order the stages of a training pipeline take their micro-batches. */
public enum PipelineSchedule {
  /** One forward, one backward in turn (PipeDream-Flush, Megatron's default). */
  ONE_FORWARD_ONE_BACKWARD("1f1b"),
  /** The same with several chunks of layers on each stage (Megatron's virtual pipeline). */
  INTERLEAVED("interleaved"),
  /** Weight gradients apart from input gradients, so that they fill the tail (ZB-H1). */
  ZERO_BUBBLE("zb1p"),
  /** Micro-batches fed from both ends, forward and backward side by side (DeepSeek-V3). */
  DUAL_PIPE("dualpipe");

  private final String word;

  PipelineSchedule(String word) {
    this.word = word;
  }

  /** Its name in files and reports. */
  public String word() {
    return word;
  }
}
