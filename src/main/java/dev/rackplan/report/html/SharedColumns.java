package dev.rackplan.report.html;

import java.util.ArrayList;
import java.util.List;

/**
 * A table without the columns that say the same in every row: those stand above it, once.
 *
 * @param header names of the columns that differ, the first among them
 * @param rows their cells
 * @param same the others in words, such as {@code GPUs 16}; empty columns are left out of both
 */
record SharedColumns(List<String> header, List<List<String>> rows, List<String> same) {
  static SharedColumns of(List<String> header, List<List<String>> rows) {
    List<Integer> differ = new ArrayList<>();
    List<String> same = new ArrayList<>();
    for (int c = 0; c < header.size(); c++) {
      int column = c;
      List<String> values = rows.stream().map(row -> row.get(column)).distinct().toList();
      if (c == 0 || rows.size() < 2 || values.size() > 1) {
        differ.add(c);
      } else if (!values.get(0).isEmpty() && !values.get(0).equals("-")) {
        same.add(header.get(c) + " " + values.get(0));
      }
    }
    return new SharedColumns(
        cells(header, differ), rows.stream().map(row -> cells(row, differ)).toList(), same);
  }

  private static List<String> cells(List<String> row, List<Integer> columns) {
    return columns.stream().map(row::get).toList();
  }

  /** A paragraph that says what is the same; empty where nothing is. */
  String paragraph() {
    return same.isEmpty()
        ? ""
        : "<p>The same in all rows: " + Html.text(String.join("; ", same)) + ".</p>\n";
  }
}
