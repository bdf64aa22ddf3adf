package dev.rackplan.report.html;

import dev.rackplan.json.JsonText;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Text and data made safe inside a page. */
final class Html {
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
   * A table in a box that scrolls, also by keyboard.
   *
   * @param caption says what it shows
   * @param numbers whether all columns but the first are set to the right
   */
  static String table(
      String caption, List<String> header, List<List<String>> rows, boolean numbers) {
    return table(caption, header, rows, numbers, Map.of());
  }

  /**
   * The same with links.
   *
   * @param links name of the file beside the page to which the first cell of a row leads, by the
   *     row's index
   */
  static String table(
      String caption,
      List<String> header,
      List<List<String>> rows,
      boolean numbers,
      Map<Integer, String> links) {
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
        .append(text(caption))
        .append("\">\n<table")
        .append(numbers ? " class=\"numbers\"" : "")
        .append("><caption>")
        .append(text(caption))
        .append("</caption>\n<thead><tr>");
    for (String cell : header) {
      html.append("<th scope=\"col\">").append(text(cell)).append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (int i = 0; i < rows.size(); i++) {
      List<String> row = rows.get(i);
      String first = text(row.get(0));
      html.append("<tr><th scope=\"row\">")
          .append(
              links.containsKey(i)
                  ? "<a href=\"" + address(links.get(i)) + "\">" + first + "</a>"
                  : first)
          .append("</th>");
      for (String cell : row.subList(1, row.size())) {
        html.append("<td>").append(text(cell)).append("</td>");
      }
      html.append("</tr>\n");
    }
    return html.append("</tbody></table></div>\n").toString();
  }
}
