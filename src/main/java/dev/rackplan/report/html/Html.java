package dev.rackplan.report.html;

import dev.rackplan.json.JsonText;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Text and data made safe inside a page. */
final class Html {
  // From so many columns on a narrow screen has a card for each row, a wide one smaller letters.
  private static final int FEW = 4;
  private static final int MANY = 8;
  // Also with the star of the best, and where there is none.
  private static final Pattern NUMBER = Pattern.compile("-?[0-9][0-9.,]*([eE][-+]?[0-9]+)?\\*?|-|");

  private Html() {}

  /** Text for an element or a quoted attribute. */
  static String text(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** Address of a file beside the page: also of one whose name begins like that of a script. */
  static String address(String file) {
    return URLEncoder.encode(file, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Plain values as JSON inside a script element: {@code <}, {@code >} and {@code &} as escapes of
   * JSON, so that neither {@code </script>} nor {@code <!--} can stand there; line separators too,
   * which some readers take for ends of lines.
   */
  static String json(Object value) {
    return JsonText.of(value)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  /**
   * A table: columns of numbers to the right; on narrow screens a card for each row where it has
   * many columns.
   *
   * @param caption says what it shows
   */
  static String table(String caption, List<String> header, List<List<String>> rows) {
    return table(caption, header, rows, "", Map.of());
  }

  /** The same, sorting by its headings on pages with {@code sort.js}. */
  static String sortable(
      String caption, List<String> header, List<List<String>> rows, Map<Integer, String> links) {
    return table(caption, header, rows, " sortable", links);
  }

  /**
   * @param kind more classes, each with a space before it
   * @param links name of the file beside the page to which the first cell of a row leads, by the
   *     row's index
   */
  private static String table(
      String caption,
      List<String> header,
      List<List<String>> rows,
      String kind,
      Map<Integer, String> links) {
    int columns = header.size();
    boolean[] numbers = new boolean[columns];
    for (int c = 1; c < columns; c++) {
      int column = c;
      numbers[c] = rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
    }
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
        .append(text(caption))
        .append("\">\n<table role=\"table\" class=\"")
        .append(columns >= FEW ? "cards" : "plain")
        .append(columns >= MANY ? " many" : "")
        .append(kind)
        .append("\"><caption>")
        .append(text(caption))
        .append("</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (int c = 0; c < columns; c++) {
      html.append("<th role=\"columnheader\" scope=\"col\"")
          .append(numbers[c] ? " class=\"number\">" : ">")
          .append(text(header.get(c)))
          .append("</th>");
    }
    html.append("</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for (int i = 0; i < rows.size(); i++) {
      List<String> row = rows.get(i);
      String first = text(row.get(0));
      html.append("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">")
          .append(
              links.containsKey(i)
                  ? "<a href=\"" + address(links.get(i)) + "\">" + first + "</a>"
                  : first)
          .append("</th>");
      for (int c = 1; c < columns; c++) {
        html.append("<td role=\"cell\" data-label=\"")
            .append(text(header.get(c)))
            .append("\" class=\"")
            .append(numbers[c] ? "number" : "words")
            .append(row.get(c).isEmpty() || row.get(c).equals("-") ? " none\">" : "\">")
            .append(text(row.get(c)))
            .append("</td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }
}
