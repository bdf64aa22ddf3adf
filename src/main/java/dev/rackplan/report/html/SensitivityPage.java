package dev.rackplan.report.html;

import dev.rackplan.report.SensitivityReport;
import dev.rackplan.sensitivity.InputEffect;
import dev.rackplan.sensitivity.Moved;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A plan's sensitivity as a page: a tornado, and the numbers. */
public final class SensitivityPage {
  private SensitivityPage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(SensitivityReport report) {
    StringBuilder body = new StringBuilder();
    body.append("<p>").append(Html.text(report.sentence())).append("</p>\n");
    body.append("<h2>Change of ")
        .append(Html.text(report.figure()))
        .append("</h2>\n<p>The longer a bar, the more an error of that input matters.</p>\n")
        .append(
            HtmlPage.chart(
                "tornado",
                "Change of " + report.figure() + " in % for each input, least and most"));
    List<String> findings = report.findings();
    if (!findings.isEmpty()) {
      body.append("<h2>What flips the layout, or breaks a limit</h2>\n<ul>\n");
      findings.forEach(line -> body.append("<li>").append(Html.text(line)).append("</li>\n"));
      body.append("</ul>\n");
    }
    body.append("<h2 id=\"tables\">Numbers</h2>\n")
        .append(
            Html.table(
                "Change of " + report.figure() + " in %; ! breaks a limit",
                report.header(),
                report.rows()));
    Map<String, Object> charts = new LinkedHashMap<>();
    charts.put("tornado", tornado(report));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    return HtmlPage.of("Sensitivity of " + report.study().problem().name(), body.toString(), data);
  }

  private static Map<String, Object> tornado(SensitivityReport report) {
    List<InputEffect> effects = report.study().effects();
    List<Map<String, Object>> series = new ArrayList<>();
    int count = effects.get(0).moved().size();
    for (int i : new int[] {0, count - 1}) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", SensitivityReport.percent(effects.get(0).moved().get(i).factor()));
      List<Object> values = new ArrayList<>();
      for (InputEffect effect : effects) {
        Moved moved = effect.moved().get(i);
        values.add(100 * report.change(moved));
      }
      one.put("values", values);
      series.add(one);
    }
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "tornado");
    chart.put(
        "categories",
        effects.stream().map(effect -> SensitivityReport.name(effect.input())).toList());
    chart.put("x", CurveChart.axis("change of " + report.figure() + " [%]", false));
    chart.put("series", series);
    return chart;
  }
}
