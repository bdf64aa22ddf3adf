package dev.rackplan.report.html;

import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.StageTable;
import dev.rackplan.report.SummaryText;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan as a page: summary, racks with each GPU's load layer by layer, traffic between domains,
 * the stages' timeline, memory, and what was compared and tried.
 */
public final class PlanPage {
  private PlanPage() {}

  /**
   * What is known of the search and its inputs.
   *
   * @param facts such as seed and version, by name
   * @param layouts layouts tried: degrees, figures and outcome as text
   * @param front step time in ms and tokens/s/GPU of the plans that nothing beats in both
   */
  public record History(
      Map<String, String> facts, List<List<String>> layouts, List<List<Double>> front) {
    public History {
      layouts = layouts.stream().map(List::copyOf).toList();
      front = front.stream().map(List::copyOf).toList();
    }
  }

  /** The page's text, in UTF-8 when written. */
  public static String of(PlanReport report, List<GpuFigures> layers, History history) {
    StringBuilder body = new StringBuilder();
    body.append("<p>")
        .append(Html.text(SummaryText.sentence(report.plan())))
        .append("</p>\n<ul class=\"notes\">\n");
    for (String note : SummaryText.notes(report)) {
      body.append("<li>").append(Html.text(note)).append("</li>\n");
    }
    body.append("</ul>\n");
    TextTable comparison = SummaryText.comparison(report);
    body.append(
        Html.table("Plan, usual plans and bound", comparison.header(), comparison.rows(), true));
    body.append(racks(layers));
    body.append("<h2>Stages</h2>\n<div class=\"drawing\" id=\"timeline\"></div>\n");
    TextTable stages = StageTable.table(report);
    body.append(Html.table("One micro-batch by stage", stages.header(), stages.rows(), true));
    body.append("<h2>Memory of the fullest GPU by stage</h2>\n")
        .append(HtmlPage.chart("memory", "Memory by part and stage, and the limit"));
    Map<String, Object> charts = new LinkedHashMap<>();
    charts.put("memory", PlanCharts.memory(report));
    PlanCharts.roofline(report)
        .ifPresent(
            chart -> {
              charts.put("roofline", chart);
              body.append("<h2>Roofline</h2>\n<p>Lower bound of a step of one replica at the")
                  .append(" vendor's rates; communication and imbalance left out.</p>\n")
                  .append(HtmlPage.chart("roofline", "Time of a step against the batch"));
            });
    if (history.front().size() > 1) {
      charts.put("front", PlanCharts.front(report, history.front()));
      body.append("<h2>Throughput against speed</h2>\n")
          .append(HtmlPage.chart("front", "Tokens per second and GPU against step time"));
    }
    body.append("<h2 id=\"tables\">Inputs and search</h2>\n").append(tables(history));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    data.put("plan", PlanData.of(report, layers));
    return HtmlPage.of(SummaryText.title(report), body.toString(), data, "plan.js");
  }

  private static String racks(List<GpuFigures> layers) {
    StringBuilder html = new StringBuilder();
    html.append(
        "<h2>Racks</h2>\n<div class=\"controls\">\n<label>Colour by <select id=\"colour\">");
    if (!layers.isEmpty()) {
      html.append("<option value=\"seconds\">expert time</option>")
          .append("<option value=\"load\">load</option>")
          .append("<option value=\"bytes\">traffic received</option>");
    }
    html.append("<option value=\"memory\">memory</option><option value=\"stage\">stage</option>")
        .append("</select></label>\n");
    if (!layers.isEmpty()) {
      html.append(
              "<label class=\"wide\">MoE layer <input type=\"range\" id=\"layer\" min=\"0\" max=\"")
          .append(layers.size() - 1)
          .append("\" value=\"0\" step=\"1\"></label>\n");
    }
    html.append("</div>\n<p id=\"said\" aria-live=\"polite\"></p>\n")
        .append(
            "<div class=\"drawing\" id=\"racks\" role=\"img\" aria-label=\"GPUs in their racks\"></div>\n");
    if (!layers.isEmpty()) {
      html.append(
              "<h2>Traffic between domains</h2>\n<div class=\"scroll\" id=\"traffic\" tabindex=\"0\"")
          .append(" role=\"region\" aria-label=\"Bytes from domain to domain\"></div>\n")
          .append("<h2>Links</h2>\n<div class=\"scroll\" id=\"links\" tabindex=\"0\"")
          .append(" role=\"region\" aria-label=\"Time on each kind of link\"></div>\n");
    }
    return html.toString();
  }

  private static String tables(History history) {
    List<List<String>> facts = new ArrayList<>();
    history.facts().forEach((name, value) -> facts.add(List.of(name, value)));
    StringBuilder html = new StringBuilder();
    html.append(Html.table("Inputs and search", List.of("what", "value"), facts, false));
    if (!history.layouts().isEmpty()) {
      html.append(
          Html.table(
              "Layouts tried",
              List.of("layout", "step [ms]", "± [%]", "tokens/s/GPU", "outcome"),
              history.layouts(),
              false));
    }
    return html.toString();
  }
}
