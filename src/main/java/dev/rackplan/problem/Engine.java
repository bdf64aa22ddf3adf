package dev.rackplan.problem;

import java.util.Locale;

/**
 * What the serving engine does with a placement.
 *
 * @param name such as {@code sglang}; shown in reports
 * @param dispatchRule how it picks replicas
 * @param copyRule how often it sends a token
 * @param twoBatchOverlap whether communication of one half batch hides behind compute of the other
 * @param memory what it does with a GPU's memory
 */
public record Engine(
    String name,
    DispatchRule dispatchRule,
    CopyRule copyRule,
    boolean twoBatchOverlap,
    EngineMemory memory) {
  /** An engine whose plans leave a share of the memory free. */
  public Engine(
      String name, DispatchRule dispatchRule, CopyRule copyRule, boolean twoBatchOverlap) {
    this(name, dispatchRule, copyRule, twoBatchOverlap, EngineMemory.RESERVE);
  }

  /** The same engine with another use of memory. */
  public Engine withMemory(EngineMemory other) {
    return new Engine(name, dispatchRule, copyRule, twoBatchOverlap, other);
  }

  /** Its name as laws of kernels write it: letters and digits only, lower case. */
  public String lawName() {
    // Asked for every layer of every layout: no regular expression.
    StringBuilder letters = new StringBuilder(name.length());
    String lower = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length(); i++) {
      char letter = lower.charAt(i);
      if (letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9') {
        letters.append(letter);
      }
    }
    String plain = letters.toString();
    return plain.equals("tensorrtllm") ? "trtllm" : plain;
  }
}
