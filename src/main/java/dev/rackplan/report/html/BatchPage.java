package dev.rackplan.report.html;

import dev.rackplan.report.ComparisonAnswer;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A batch as a page: how each problem ended, with links to plans' pages, and a sweep as curves. */
public final class BatchPage {
  private BatchPage() {}

  /**
   * The page's text, in UTF-8 when written.
   *
   * @param pages address of a problem's page, by its index among the ends; relative to this one
   */
  public static String of(String title, RunTable table, Map<Integer, String> pages) {
    StringBuilder body = new StringBuilder();
    body.append(AnswerCard.html("The batch", ComparisonAnswer.of(table)));
    Map<String, Object> charts = new LinkedHashMap<>();
    numericKey(table.ends())
        .ifPresent(
            key -> {
              String shown = table.shortKey(key);
              charts.put("sweep", sweep(table, key));
              body.append("<h2>Throughput over ").append(Html.text(shown)).append("</h2>\n");
              body.append("<p>What one more step of ")
                  .append(Html.text(shown))
                  .append(
                      " gains or costs, all else alike: a curve for each combination, of several"
                          + " seeds the best.</p>\n");
              body.append(HtmlPage.chart("sweep", "tokens/s/GPU over " + shown));
            });
    SharedColumns columns = SharedColumns.of(table.pageHeader(), table.pageRows());
    body.append("<h2 id=\"tables\">Problems</h2>\n<p>Sort by a column with its heading; the best")
        .append(" of a column has a star. Times are modelled, except the search's. All digits:")
        .append(" results.csv and results.json.</p>\n")
        .append(columns.paragraph())
        .append(Html.sortable("How each problem ended", columns.header(), columns.rows(), pages));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    return HtmlPage.of(title, body.toString(), data, "sort.js");
  }

  /** The varied key with most numbers, seeds apart; empty without two numbers. */
  private static Optional<String> numericKey(List<RunEnd> ends) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (RunEnd end : ends) {
      end.varied().keySet().stream()
          .filter(key -> !key.equals("seed"))
          .forEach(key -> counts.putIfAbsent(key, distinct(ends, key)));
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() > 1)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey);
  }

  private static long distinct(List<RunEnd> ends, String key) {
    return ends.stream()
        .map(end -> end.varied().get(key))
        .filter(Number.class::isInstance)
        .distinct()
        .count();
  }

  private static Map<String, Object> sweep(RunTable table, String key) {
    Map<String, TreeMap<Double, Double>> curves = new LinkedHashMap<>();
    for (RunEnd end : table.ends()) {
      if (end.plan().isPresent() && end.varied().get(key) instanceof Number x) {
        Map<String, Object> others = new LinkedHashMap<>(end.varied());
        others.remove(key);
        others.remove("seed");
        String name = others.isEmpty() ? "tokens/s/GPU" : words(table, others);
        double rate = end.plan().get().evaluation().tokensPerSecondPerGpu();
        curves.computeIfAbsent(name, n -> new TreeMap<>()).merge(x.doubleValue(), rate, Math::max);
      }
    }
    List<Map<String, Object>> series = new ArrayList<>();
    curves.forEach(
        (name, points) ->
            series.add(
                CurveChart.series(
                    name,
                    false,
                    points.entrySet().stream()
                        .map(point -> List.of(point.getKey(), point.getValue()))
                        .toList())));
    return CurveChart.of(
        CurveChart.axis(table.shortKey(key), false),
        CurveChart.axis("tokens/s/GPU", false),
        series,
        List.of());
  }

  private static String words(RunTable table, Map<String, Object> values) {
    List<String> words = new ArrayList<>();
    values.forEach((key, value) -> words.add(table.shortKey(key) + " " + value));
    return String.join(", ", words);
  }
}
