package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Cell;
import dev.rackplan.law.Components;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Setting;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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
  public record UsedLaw(OpKind kind, Answer answer, int position) {
    /** Values of its parameters, in the form's order. */
    public Map<Parameter, Double> parameters() {
      List<Double> values = Components.values(answer.laws().get(position));
      Map<Parameter, Double> parameters = new LinkedHashMap<>();
      for (int i = 0; i < values.size(); i++) {
        parameters.put(kind.form().parameters().get(i), values.get(i));
      }
      return parameters;
    }

    /** The rates that it runs at. */
    public Setting setting() {
      return answer.settings().get(position);
    }

    /** What it was fitted to, with its error; empty where it was not measured by itself. */
    public Optional<Cell> cell() {
      return answer.cells().isEmpty()
          ? Optional.empty()
          : Optional.of(answer.cells().get(position));
    }
  }

  /** By a formula. */
  static TermPart byFormula(String what, Map<String, Double> inputs, double seconds) {
    return new TermPart(what, inputs, Optional.empty(), 1, 1, seconds);
  }
}
