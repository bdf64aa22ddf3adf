package dev.rackplan.report.html;

import dev.rackplan.report.sheets.Sheet;
import dev.rackplan.report.sheets.SheetReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sheets as a page: sentence, picture, table, one after the other. */
public final class SheetPage {
  private SheetPage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(SheetReport report) {
    StringBuilder body = new StringBuilder();
    Map<String, Object> charts = new LinkedHashMap<>();
    boolean first = true;
    for (Sheet sheet : report.sheets()) {
      body.append(first ? "<h2 id=\"tables\">" : "<h2>")
          .append(Html.text(sheet.title()))
          .append("</h2>\n<p>")
          .append(Html.text(sheet.sentence()))
          .append("</p>\n");
      first = false;
      sheet
          .curves()
          .ifPresent(
              curves -> {
                charts.put(sheet.key(), chart(curves));
                body.append(HtmlPage.chart(sheet.key(), sheet.title()));
              });
      sheet
          .bars()
          .ifPresent(
              bars -> {
                charts.put(sheet.key() + "Bars", chart(bars));
                body.append(HtmlPage.chart(sheet.key() + "Bars", sheet.title()));
              });
      body.append(Html.table(sheet.title(), sheet.header(), sheet.cells()));
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    return HtmlPage.of(report.title(), body.toString(), data);
  }

  private static Map<String, Object> chart(Sheet.Bars bars) {
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", bars.axis());
    series.put("values", List.copyOf(bars.values().values()));
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "tornado");
    chart.put("categories", List.copyOf(bars.values().keySet()));
    chart.put("x", CurveChart.axis(bars.axis(), false));
    chart.put("series", List.of(series));
    return chart;
  }

  private static Map<String, Object> chart(Sheet.Curves curves) {
    List<Map<String, Object>> series = new ArrayList<>();
    curves
        .lines()
        .forEach((name, points) -> series.add(CurveChart.series(name, series.isEmpty(), points)));
    return CurveChart.of(
        CurveChart.axis(curves.x(), curves.logX()),
        CurveChart.axis(curves.y(), curves.logY()),
        series,
        List.of());
  }
}
