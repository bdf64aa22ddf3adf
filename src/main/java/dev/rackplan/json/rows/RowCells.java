package dev.rackplan.json.rows;

import dev.rackplan.json.InputException;
import dev.rackplan.json.PackedText;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** One row of a table by the names of its columns; blank cells are absent. */
final class RowCells {
  private static final double LEAST_POSITIVE = 1e-9;
  private static final double MOST_POSITIVE = 1e12;

  private final String file;
  private final String where;
  private final Map<String, String> cells;

  /**
   * A row.
   *
   * @param file as the user gave it
   * @param where the row in errors, such as {@code line 3}
   * @param cells by column
   */
  RowCells(String file, String where, Map<String, String> cells) {
    this.file = file;
    this.where = where;
    this.cells = Map.copyOf(cells);
  }

  Map<String, String> cells() {
    return cells;
  }

  Optional<String> find(String column) {
    return Optional.ofNullable(cells.get(column)).map(String::trim).filter(text -> !text.isEmpty());
  }

  String text(String column) {
    return find(column).orElseThrow(() -> error(column, "is empty", "Fill it."));
  }

  /** A whole number in [least, most], also where it is written with a point: 8.0. */
  OptionalInt findInteger(String column, int least, int most) {
    Optional<String> cell = find(column);
    if (cell.isEmpty()) {
      return OptionalInt.empty();
    }
    double value = number(column, cell.get());
    if (value != Math.rint(value) || value < least || value > most) {
      throw error(
          column,
          "must be a whole number in " + least + ".." + most + ", was " + quoted(cell.get()),
          "Give a whole number in that range, or leave the cell empty.");
    }
    return OptionalInt.of((int) value);
  }

  int integer(String column, int least, int most) {
    text(column);
    return findInteger(column, least, most).getAsInt();
  }

  /** A number above 0. */
  OptionalDouble findPositive(String column) {
    Optional<String> cell = find(column);
    if (cell.isEmpty()) {
      return OptionalDouble.empty();
    }
    double value = number(column, cell.get());
    if (!(value >= LEAST_POSITIVE && value <= MOST_POSITIVE)) {
      throw error(
          column,
          "must be > 0, was " + quoted(cell.get()),
          "Give a positive number, or leave the cell empty.");
    }
    return OptionalDouble.of(value);
  }

  private double number(String column, String cell) {
    try {
      return Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      throw error(
          column,
          "must be a number, was " + quoted(cell),
          "Write a plain number, or leave the cell empty.");
    }
  }

  static String quoted(String cell) {
    return "\"" + PackedText.shorten(cell) + "\"";
  }

  InputException error(String column, String problem, String remedy) {
    return new InputException(file, where + ", " + column, problem, remedy);
  }
}
