package dev.rackplan.report.html;

import dev.rackplan.report.Compared;
import dev.rackplan.report.Comparison;
import dev.rackplan.report.ComparisonAnswer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plans side by side as a page: which yields most, what is compared, and figures that sort. */
public final class ComparisonPage {
  private static final int TITLE_NAMES = 3;

  private ComparisonPage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(Comparison comparison) {
    List<String> header = comparison.header();
    List<List<String>> rows = comparison.rows();
    int words = Comparison.wordColumns();
    SharedColumns figures =
        SharedColumns.of(
            withFirst(header, words), rows.stream().map(row -> withFirst(row, words)).toList());
    String body =
        AnswerCard.html("The plans", ComparisonAnswer.of(comparison))
            + "<h2>Throughput</h2>\n"
            + RateBars.html(comparison.plans())
            + "<h2 id=\"tables\">Plans</h2>\n"
            + Html.sortable(
                "What is compared",
                header.subList(0, words),
                rows.stream().map(row -> row.subList(0, words)).toList(),
                Map.of())
            + "<p>Sort by a column with its heading; the best of a column is marked with a star."
            + " Times are modelled.</p>\n"
            + figures.paragraph()
            + Html.sortable("Figures side by side", figures.header(), figures.rows(), Map.of());
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", Map.of());
    data.put("plans", comparison.tree());
    return HtmlPage.of(title(comparison.plans()), body, data, "sort.js");
  }

  private static List<String> withFirst(List<String> row, int from) {
    List<String> cells = new ArrayList<>(List.of(row.get(0)));
    cells.addAll(row.subList(from, row.size()));
    return cells;
  }

  private static String title(List<Compared> plans) {
    String names =
        String.join(", ", plans.stream().map(Compared::name).limit(TITLE_NAMES).toList());
    return plans.size() > TITLE_NAMES
        ? "Plans compared: " + names + " and " + (plans.size() - TITLE_NAMES) + " more"
        : "Plans compared: " + names;
  }
}
