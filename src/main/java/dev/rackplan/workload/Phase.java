package dev.rackplan.workload;

/** What a pass through the model does. */
public enum Phase {
  /** One step gives each running sequence its next token. */
  DECODE("TPOT", "tpot", "decode at", "a context of"),
  /** A step reads a chunk of prompt tokens. */
  PREFILL("TTFT", "ttft", "prefill of", "prompts of"),
  /** A step is one optimizer step: every sequence of the global batch forward and backward. */
  TRAINING("step", "step", "training on", "sequences of");

  private final String stepName;
  private final String stepWord;
  private final String words;
  private final String lengths;

  Phase(String stepName, String stepWord, String words, String lengths) {
    this.stepName = stepName;
    this.stepWord = stepWord;
    this.words = words;
    this.lengths = lengths;
  }

  /** What its time is called: {@code TPOT}, {@code TTFT} or {@code step}. */
  public String stepName() {
    return stepName;
  }

  /** Key of that time in files, in s. */
  public String stepKey() {
    return stepWord + "Seconds";
  }

  /** Key of the limit on that time in problem files, in ms. */
  public String limitKey() {
    return stepWord + "Millis";
  }

  /** What it does, to put before a length in tokens, such as {@code decode at}. */
  public String words() {
    return words;
  }

  /** The same with what the length is of, such as {@code decode at a context of}. */
  public String wordsWithLengths() {
    return words + " " + lengths;
  }
}
