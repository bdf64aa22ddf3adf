package dev.rackplan.law;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  // A product's law has two starts, one for each range of rows.

  /** The same with a start {@code factor} times as long. */
  Cell withStart(double factor) {
    List<Double> changed = new ArrayList<>(parameters);
    List<Parameter> form = key.op().form().parameters();
    for (int i = 0; i < changed.size(); i++) {
      if (form.get(i).isStart()) {
        changed.set(i, changed.get(i) * factor);
      }
    }
    return new Cell(key, changed, rows, fittedRows, error, shapesLeftOut);
  }

  /** Its law. */
  public Law<?> law() {
    return key.op().form().law(parameters.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
