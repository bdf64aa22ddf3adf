package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.OpKind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One part of a term of a layer or a stage: an operation, or what a formula says.
 *
 * @param what it is
 * @param inputs of its law or formula, by name; of several shapes those of the longest call
 * @param law prices it; empty where a formula does
 * @param shapes how many shapes it stands for
 * @param count how often it runs, all shapes together
 * @param seconds all calls together, in s
 */
public record TermPart(
    String what,
    Map<String, Double> inputs,
    Optional<UsedLaw> law,
    int shapes,
    double count,
    double seconds) {
  public TermPart {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
  }

  /**
   * The law of a part.
   *
   * @param kind of operation
   * @param answer the laws between which the engine tunes
   * @param position of the one that counts among them
   */
  public record UsedLaw(OpKind kind, Answer answer, int position) {}

  /** By a formula. */
  static TermPart byFormula(String what, Map<String, Double> inputs, double seconds) {
    return new TermPart(what, inputs, Optional.empty(), 1, 1, seconds);
  }
}
