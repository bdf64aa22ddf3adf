package dev.rackplan.report.html;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Bars in a table: a name, a bar of one part or several, figures. Its cells say in words what the
 * bars show, so it reads without seeing them, prints, and needs no script.
 *
 * @param caption says what it shows
 * @param header of the names and of the figures behind the bars
 * @param rows in order
 */
record BarTable(String caption, List<String> header, List<Row> rows) {
  private static final double ROOM = 1.02;
  private static final int COLOURS = 9;

  BarTable {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
  }

  /**
   * A row.
   *
   * @param parts of its bar, one after the other
   * @param plusMinus error of their sum as a share; 0 where there is none
   * @param limit drawn as a line; empty where there is none
   * @param cells as many as the header has behind the name
   * @param total whether it is set off as the sum of the others
   */
  record Row(
      String name,
      List<Part> parts,
      double plusMinus,
      OptionalDouble limit,
      List<String> cells,
      boolean total) {
    Row {
      parts = List.copyOf(parts);
      cells = List.copyOf(cells);
    }

    double sum() {
      return parts.stream().mapToDouble(Part::value).sum();
    }

    double longest() {
      return Math.max(sum() * (1 + plusMinus), limit.orElse(0));
    }
  }

  /**
   * A part of a bar.
   *
   * @param colour index of the page's colours
   */
  record Part(String name, double value, int colour) {}

  String html() {
    double most = ROOM * rows.stream().mapToDouble(Row::longest).max().orElse(1);
    StringBuilder html = new StringBuilder();
    html.append("<table class=\"bars\" role=\"table\"><caption>")
        .append(Html.text(caption))
        .append(
            "</caption>\n"
                + "<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\""
                + " scope=\"col\">")
        .append(Html.text(header.get(0)))
        .append("</th><td role=\"cell\"></td>");
    header
        .subList(1, header.size())
        .forEach(
            name ->
                html.append("<th role=\"columnheader\" scope=\"col\" class=\"number\">")
                    .append(Html.text(name))
                    .append("</th>"));
    html.append("</tr></thead>\n<tbody role=\"rowgroup\">\n");
    rows.forEach(row -> html.append(row(row, most > 0 ? most : 1)));
    return html.append("</tbody></table>\n").toString();
  }

  private static String row(Row row, double most) {
    StringBuilder html = new StringBuilder();
    html.append(row.total() ? "<tr role=\"row\" class=\"total\">" : "<tr role=\"row\">")
        .append("<th role=\"rowheader\" scope=\"row\">")
        .append(Html.text(row.name()))
        .append("</th><td role=\"cell\" class=\"track\"><div class=\"bar\">");
    for (Part part : row.parts()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<i class=\"c%d\" style=\"width:%.2f%%\" title=\"%s\"></i>",
              part.colour() % COLOURS,
              100 * part.value() / most,
              Html.text(part.name())));
    }
    if (row.plusMinus() > 0) {
      html.append(
          String.format(
              Locale.ROOT,
              "<span class=\"range\" style=\"left:%.2f%%;width:%.2f%%\"></span>",
              100 * row.sum() * Math.max(0, 1 - row.plusMinus()) / most,
              100 * row.sum() * (row.plusMinus() + Math.min(1, row.plusMinus())) / most));
    }
    if (row.limit().isPresent()) {
      html.append(
          String.format(
              Locale.ROOT,
              "<span class=\"limit\" style=\"left:%.2f%%\"></span>",
              100 * row.limit().getAsDouble() / most));
    }
    html.append("</div></td>");
    row.cells()
        .forEach(
            cell ->
                html.append("<td role=\"cell\" class=\"number\">")
                    .append(Html.text(cell))
                    .append("</td>"));
    return html.append("</tr>\n").toString();
  }

  /** A key to the colours of parts, by name. */
  static String key(Map<String, Integer> colours, boolean limit) {
    StringBuilder html = new StringBuilder("<ul class=\"key\">");
    colours.forEach(
        (name, colour) ->
            html.append("<li><span class=\"swatch c")
                .append(colour % COLOURS)
                .append("\"></span>")
                .append(Html.text(name))
                .append("</li>"));
    if (limit) {
      html.append("<li><span class=\"swatch line\"></span>limit</li>");
    }
    return html.append("</ul>\n").toString();
  }
}
