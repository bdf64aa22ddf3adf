package dev.rackplan.law;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleBiFunction;

/**
 * One law of a catalogue and how far it can be trusted.
 *
 * @param key what it is of
 * @param parameters of the law, in its form's order
 * @param rows measured rows
 * @param fittedRows of them that the law was fitted to
 * @param error on the others
 * @param shapesLeftOut error on whole shapes that a second fit did not see; experts only
 */
public record Cell(
    CellKey key,
    List<Double> parameters,
    int rows,
    int fittedRows,
    FitError error,
    Optional<FitError> shapesLeftOut) {
  public Cell {
    parameters = List.copyOf(parameters);
  }

  /** The same with a start {@code factor} times as long; a product's law has two. */
  Cell withStart(double factor) {
    return with((parameter, value) -> parameter.isStart() ? factor * value : value);
  }

  /**
   * The same with other parameters.
   *
   * @param changed what becomes of each parameter's value
   */
  Cell with(ToDoubleBiFunction<Parameter, Double> changed) {
    List<Parameter> form = key.op().form().parameters();
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      values.add(changed.applyAsDouble(form.get(i), parameters.get(i)));
    }
    return new Cell(key, values, rows, fittedRows, error, shapesLeftOut);
  }

  /** Its law. */
  public Law<?> law() {
    return key.op().form().law(parameters.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
