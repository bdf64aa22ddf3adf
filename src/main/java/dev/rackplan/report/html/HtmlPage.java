package dev.rackplan.report.html;

import dev.rackplan.json.OutputDoor;
import java.util.Map;

/**
 * The shell of a page: title, style, chart library, data and the script that draws them.
 *
 * <p>The page may load nothing: a content security policy says so, beside the lack of any address
 * in it. Light and dark follow the reader's system, print is light. A chart is an element {@code
 * <div class="chart" data-chart="NAME" role="img" aria-label="…">}; {@code page.js} draws into it
 * what the data hold under {@code charts.NAME}.
 */
final class HtmlPage {
  private HtmlPage() {}

  /**
   * A whole page.
   *
   * @param title plain text, also the first heading
   * @param body HTML below the heading, already escaped
   * @param data plain values; {@code charts} maps names to charts as {@code page.js} takes them
   * @param scripts names of the resources that draw from the data as well, in order
   */
  static String of(String title, String body, Map<String, Object> data, String... scripts) {
    StringBuilder more = new StringBuilder();
    for (String script : scripts) {
      more.append("<script>\n").append(ChartLibrary.resource(script)).append("</script>\n");
    }
    return page(title, body, data, more.toString());
  }

  private static String page(String title, String body, Map<String, Object> data, String more) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    %s
    <meta name="color-scheme" content="light dark">
    <title>%s</title>
    <style>
    %s</style>
    </head>
    <body>
    <a class="skip" href="#tables">To the tables</a>
    <button type="button" id="theme" aria-pressed="false">Dark or light</button>
    <main>
    <h1>%s</h1>
    %s</main>
    <noscript><p>The charts need JavaScript; the tables hold the same numbers.</p></noscript>
    <script type="application/json" id="data">
    %s</script>
    <script>
    %s
    </script>
    <script>
    %s</script>
    %s</body>
    </html>
    """
        .formatted(
            OutputDoor.MARK,
            Html.text(title),
            ChartLibrary.resource("page.css"),
            Html.text(title),
            body,
            Html.json(data),
            ChartLibrary.script(),
            ChartLibrary.resource("page.js"),
            more);
  }

  /** The element into which the chart called {@code name} is drawn. */
  static String chart(String name, String label) {
    return "<div class=\"chart\" data-chart=\""
        + Html.text(name)
        + "\" role=\"img\" aria-label=\""
        + Html.text(label)
        + "\"></div>\n";
  }
}
