package dev.rackplan.calibrate;

import java.util.LinkedHashMap;
import java.util.Map;

/** Builds a table's columns row by row; a column begins with the first row and misses none. */
final class Columns {
  private final Map<String, TableColumn.TextsBuilder> texts = new LinkedHashMap<>();
  private final Map<String, TableColumn.NumbersBuilder> numbers = new LinkedHashMap<>();
  private final Map<String, Boolean> order = new LinkedHashMap<>();

  Columns add(String column, String value) {
    order.putIfAbsent(column, true);
    texts.computeIfAbsent(column, name -> new TableColumn.TextsBuilder()).add(value);
    return this;
  }

  Columns add(String column, double value) {
    order.putIfAbsent(column, false);
    numbers.computeIfAbsent(column, name -> new TableColumn.NumbersBuilder()).add(value);
    return this;
  }

  /** In the order in which the first row named them. */
  Map<String, TableColumn> build() {
    Map<String, TableColumn> built = new LinkedHashMap<>();
    order.forEach(
        (name, isText) ->
            built.put(name, isText ? texts.get(name).build() : numbers.get(name).build()));
    return built;
  }
}
