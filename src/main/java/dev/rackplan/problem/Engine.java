package dev.rackplan.problem;

import dev.rackplan.law.VersionOrder;
import java.util.Locale;
import java.util.Optional;

/**
 * What the serving engine does with a placement.
 *
 * @param given such as {@code sglang}; shown in reports. Empty where the problem names none: then
 *     every layout may be chosen, and kernels are those of {@link #name()}
 * @param version such as {@code 0.11.0}; empty for the newest that is known
 * @param dispatchRule how it picks replicas
 * @param copyRule how often it sends a token
 * @param twoBatchOverlap whether communication of one half batch hides behind compute of the other
 * @param memory what it does with a GPU's memory
 */
public record Engine(
    Optional<String> given,
    Optional<String> version,
    DispatchRule dispatchRule,
    CopyRule copyRule,
    boolean twoBatchOverlap,
    EngineMemory memory) {
  private static final String USUAL = "sglang";

  /** An engine whose plans leave a share of the memory free. */
  public Engine(
      Optional<String> given,
      Optional<String> version,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      boolean twoBatchOverlap) {
    this(given, version, dispatchRule, copyRule, twoBatchOverlap, EngineMemory.RESERVE);
  }

  /** The same with a name, in its newest version. */
  public Engine(
      String name, DispatchRule dispatchRule, CopyRule copyRule, boolean twoBatchOverlap) {
    this(Optional.of(name), Optional.empty(), dispatchRule, copyRule, twoBatchOverlap);
  }

  /** The name; that of the usual engine where none is given. */
  public String name() {
    return given.orElse(USUAL);
  }

  /** Whether a version is given, and one before {@code release}. */
  public boolean isBefore(String release) {
    return version.isPresent() && new VersionOrder().compare(version.get(), release) < 0;
  }

  /** The engine whose conditions layouts have to keep; empty where none is named, or none known. */
  public Optional<EngineKind> kind() {
    return given.flatMap(EngineKind::of);
  }

  /**
   * Whether every MoE layer has to hold as many slots: each engine that is known takes one number
   * of redundant experts for all of them.
   */
  public boolean holdsEquallyManySlots() {
    return kind().isPresent();
  }

  /** The same engine with another use of memory. */
  public Engine withMemory(EngineMemory other) {
    return new Engine(given, version, dispatchRule, copyRule, twoBatchOverlap, other);
  }

  /** The same engine with another rule by which it picks replicas. */
  public Engine withDispatchRule(DispatchRule other) {
    return new Engine(given, version, other, copyRule, twoBatchOverlap, memory);
  }

  /** The same engine that sends activations otherwise. */
  public Engine withCopyRule(CopyRule other) {
    return new Engine(given, version, dispatchRule, other, twoBatchOverlap, memory);
  }

  /** Its name as laws of kernels write it: letters and digits only, lower case. */
  public String lawName() {
    // Asked for every layer of every layout: no regular expression.
    StringBuilder letters = new StringBuilder();
    String lower = name().toLowerCase(Locale.ROOT);
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
