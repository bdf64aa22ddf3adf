package dev.rackplan.report.sheets;

import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A small table with what the reader should see in it, and perhaps a picture.
 *
 * @param key of JSON, camel case
 * @param sentence what to see
 * @param rows values by column: text, whole numbers or doubles
 */
public record Sheet(
    String key,
    String title,
    String sentence,
    List<Column> columns,
    List<List<Object>> rows,
    Optional<Curves> curves,
    Optional<Bars> bars) {
  /** Without bars. */
  public Sheet(
      String key,
      String title,
      String sentence,
      List<Column> columns,
      List<List<Object>> rows,
      Optional<Curves> curves) {
    this(key, title, sentence, columns, rows, curves, Optional.empty());
  }

  public Sheet {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException("a row of " + row.size() + " for " + columns);
      }
    }
  }

  /**
   * A column.
   *
   * @param key of JSON, camel case
   * @param heading with the unit
   * @param decimals of numbers in text; {@link #SIGNIFICANT}: four digits that count
   */
  public record Column(String key, String heading, int decimals) {
    public static final int SIGNIFICANT = -1;

    private String text(double value) {
      if (decimals != SIGNIFICANT) {
        return Figures.fixed(value, decimals);
      }
      BigDecimal rounded = new BigDecimal(value).round(new MathContext(4));
      return Math.abs(value) < 1e7
          ? rounded.stripTrailingZeros().toPlainString()
          : rounded.stripTrailingZeros().toString();
    }
  }

  /**
   * Curves over one axis.
   *
   * @param lines by name, each a list of x and y
   */
  public record Curves(
      String x, boolean logX, String y, boolean logY, Map<String, List<List<Double>>> lines) {}

  /**
   * A bar for each name.
   *
   * @param axis with the unit
   */
  public record Bars(String axis, Map<String, Double> values) {}

  /** Headings. */
  public List<String> header() {
    return columns.stream().map(Column::heading).toList();
  }

  /** Cells as text. */
  public List<List<String>> cells() {
    List<List<String>> cells = new ArrayList<>();
    for (List<Object> row : rows) {
      List<String> line = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        line.add(
            row.get(i) instanceof Double number
                ? columns.get(i).text(number)
                : String.valueOf(row.get(i)));
      }
      cells.add(line);
    }
    return cells;
  }

  /** For a terminal. */
  String text() {
    TextTable table = new TextTable(header());
    cells().forEach(table::add);
    return title + '\n' + table.text() + sentence + '\n';
  }

  /** Plain values. */
  Map<String, Object> tree() {
    List<Object> entries = new ArrayList<>();
    for (List<Object> row : rows) {
      Map<String, Object> entry = new LinkedHashMap<>();
      for (int i = 0; i < row.size(); i++) {
        entry.put(columns.get(i).key(), row.get(i));
      }
      entries.add(entry);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("title", title);
    tree.put("rows", entries);
    tree.put("sentence", sentence);
    return tree;
  }
}
