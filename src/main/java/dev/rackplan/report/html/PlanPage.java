package dev.rackplan.report.html;

import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.report.Answer;
import dev.rackplan.report.PlanAnswer;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.report.SearchHistory;
import dev.rackplan.report.StageTable;
import dev.rackplan.report.SummaryText;
import dev.rackplan.report.TextTable;
import dev.rackplan.report.WhatChanges;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A plan as a page: the answer first; then racks with each GPU's load layer by layer, where time
 * and memory go, traffic between domains, the stages' timeline, layouts tried, what would change
 * the answer, and where it all comes from.
 */
public final class PlanPage {
  // More layouts than that are folded away.
  private static final int MOST_OPEN_ROWS = 12;

  private PlanPage() {}

  /**
   * What the plan's own figures do not say.
   *
   * @param facts of search and inputs, such as seed and version, by name
   * @param history what the search looked at
   * @param study the command that moves each input of this problem and plan
   * @param pools the answer of this pool and the other one together; empty where there is one
   *     deployment
   */
  public record Beside(
      Map<String, String> facts, SearchHistory history, String study, Optional<Pools> pools) {}

  /**
   * A plan that is one of two pools.
   *
   * @param answer of both
   * @param percentiles of requests that are replayed; empty where no percentile is limited
   * @param name of the pool that the page shows
   * @param other of the other one
   * @param page name of the other one's page, in the same folder
   */
  public record Pools(
      Answer answer, Optional<Percentiles> percentiles, String name, String other, String page) {}

  /**
   * What a replay says of both pools' requests.
   *
   * @param limits which percentiles are limited, and whether they are kept
   * @param rows under {@link ReplayedLimits#HEADER}
   * @param goodput requests within the limits, and what the ± is of
   */
  public record Percentiles(String limits, List<List<String>> rows, String goodput) {}

  /** The page's text, in UTF-8 when written. */
  public static String of(PlanReport report, List<GpuFigures> layers, Beside beside) {
    StringBuilder body = new StringBuilder();
    Map<String, Object> charts = new LinkedHashMap<>();
    body.append("<p>").append(Html.text(SummaryText.question(report))).append("</p>\n");
    beside.pools().ifPresent(pools -> body.append(pools(pools)));
    body.append(AnswerCard.html("The plan", PlanAnswer.of(report)));
    body.append(RackSection.racks(report, !layers.isEmpty(), layers.size()));
    body.append("<div class=\"beside\">\n<section>\n")
        .append(PlanBars.terms(report))
        .append("</section>\n<section>\n")
        .append(PlanBars.memory(report))
        .append("</section>\n</div>\n");
    if (!layers.isEmpty()) {
      body.append(RackSection.traffic());
    }
    body.append(RackSection.timeline(StageTimeline.of(report).map(StageTimeline::words)));
    body.append(layouts(report, beside.history(), charts));
    body.append(changes(report, beside));
    TextTable comparison = SummaryText.comparison(report);
    body.append("<h2 id=\"tables\">Usual plans and bound</h2>\n")
        .append(
            Html.table(
                "Plan, usual plans and bound", named(comparison.header()), comparison.rows()));
    body.append("<details><summary>All that the summary in the terminal says</summary>\n")
        .append(list(SummaryText.notes(report)))
        .append("</details>\n");
    TextTable stages = StageTable.table(report);
    body.append("<h2>Stages</h2>\n")
        .append(Html.table("One micro-batch by stage", stages.header(), stages.rows()));
    PlanCharts.roofline(report)
        .ifPresent(
            chart -> {
              charts.put("roofline", chart);
              body.append("<h2>Roofline</h2>\n<p>Lower bound of a step of one replica at the")
                  .append(" vendor's rates; communication and imbalance left out.</p>\n")
                  .append(HtmlPage.chart("roofline", "Time of a step against the batch"));
            });
    List<List<String>> facts = new ArrayList<>();
    beside.facts().forEach((name, value) -> facts.add(List.of(name, value)));
    body.append("<h2>Inputs and search</h2>\n")
        .append(Html.table("Inputs and search", List.of("what", "value"), facts));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    data.put(
        "plan",
        PlanData.of(
            report, layers, beside.pools().isPresent() ? "of the other pool, or idle" : "idle"));
    return HtmlPage.of(
        report.problem().name(),
        body.toString(),
        data,
        "timeline.js",
        "traffic.js",
        "links.js",
        "racks.js",
        "sort.js");
  }

  // In the terminal the first column needs no head.
  private static List<String> named(List<String> header) {
    List<String> named = new ArrayList<>(header);
    named.set(0, "what");
    return named;
  }

  private static String pools(Pools pools) {
    return AnswerCard.html("Both pools", pools.answer())
        + pools.percentiles().map(PlanPage::percentiles).orElse("")
        + "<p>This page: the "
        + Html.text(pools.name())
        + " pool. The other one: <a href=\""
        + Html.address(pools.page())
        + "\">the "
        + Html.text(pools.other())
        + " pool</a>.</p>\n";
  }

  private static String percentiles(Percentiles found) {
    return "<h2>Requests one by one</h2>\n<p>"
        + Html.text(found.limits() + "; " + found.goodput() + ".")
        + "</p>\n"
        + Html.table("Times of requests in a replay", ReplayedLimits.HEADER, found.rows());
  }

  private static String layouts(
      PlanReport report, SearchHistory history, Map<String, Object> charts) {
    if (history.tried().isEmpty()) {
      return "";
    }
    StringBuilder html = new StringBuilder("<h2>Layouts tried</h2>\n");
    long drawn = history.tried().stream().filter(SearchHistory.Tried::hasFigures).count();
    if (drawn > 1 || history.front().size() > 1) {
      charts.put("layouts", PlanCharts.layouts(report, history));
      html.append("<p>")
          .append(drawn)
          .append(" of ")
          .append(history.tried().size())
          .append(" have figures, solved or estimated. The line joins the plans found that none")
          .append(" beats in both, smaller micro-batches of the best layouts among them.</p>\n")
          .append(
              HtmlPage.chart("layouts", "Layouts tried: tokens per second and GPU by step time"));
    }
    String table = Html.sortable("Layouts tried", SearchHistory.HEADER, history.rows(), Map.of());
    return html.append(
            history.tried().size() > MOST_OPEN_ROWS
                ? "<details><summary>All "
                    + history.tried().size()
                    + " layouts and why they lost</summary>\n"
                    + table
                    + "</details>\n"
                : table)
        .toString();
  }

  private static String changes(PlanReport report, Beside beside) {
    StringBuilder html = new StringBuilder("<h2>What would change the answer</h2>\n");
    html.append(list(WhatChanges.sentences(report, beside.history())));
    List<List<String>> front = WhatChanges.front(report, beside.history());
    if (front.size() > 1) {
      html.append(
          Html.table(
              "The best plan found for each limit on " + report.stepName(),
              WhatChanges.HEADER,
              front));
    }
    return html.append("<p>What each input of the problem would change: <code>")
        .append(Html.text(beside.study()))
        .append("</code></p>\n")
        .toString();
  }

  private static String list(List<String> lines) {
    StringBuilder html = new StringBuilder("<ul class=\"notes\">\n");
    lines.forEach(line -> html.append("<li>").append(Html.text(line)).append("</li>\n"));
    return html.append("</ul>\n").toString();
  }
}
