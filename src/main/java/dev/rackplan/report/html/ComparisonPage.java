package dev.rackplan.report.html;

import dev.rackplan.report.Comparison;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plans side by side as a page whose columns sort. */
public final class ComparisonPage {
  private ComparisonPage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(Comparison comparison) {
    String body =
        "<p>Sort by a column with its heading; the best of a column is marked with a star."
            + " Times are modelled.</p>\n<h2 id=\"tables\">Plans</h2>\n"
            + Html.table("Plans side by side", comparison.header(), comparison.rows(), true);
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", Map.of());
    data.put("plans", comparison.tree());
    List<String> names = comparison.rows().stream().map(row -> row.get(0)).limit(3).toList();
    String title = "Plans compared: " + String.join(", ", names);
    return HtmlPage.of(
        comparison.rows().size() > names.size() ? title + " and more" : title,
        body,
        data,
        "sort.js");
  }
}
