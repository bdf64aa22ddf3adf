package dev.rackplan.report;

import java.util.List;

/** Tables for pages. */
final class MarkdownTable {
  private MarkdownTable() {}

  /** A table under a heading of the third level, with an empty line after it. */
  static String text(String title, List<String> header, List<List<String>> rows) {
    StringBuilder text = new StringBuilder("### ").append(title).append("\n\n");
    line(text, header);
    line(text, header.stream().map(cell -> "---").toList());
    rows.forEach(row -> line(text, row));
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
