package dev.rackplan.report.html;

import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.cost.economics.RooflinePoint;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.report.sheets.RooflineText;
import dev.rackplan.report.sheets.RooflineTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A roofline as a page: latency and cost per token against the batch, and the numbers. */
public final class RooflinePage {
  private RooflinePage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(ModelRoofline roofline) {
    boolean priced = roofline.usdPerHour().isPresent();
    Map<String, Object> charts = new LinkedHashMap<>();
    charts.put("latency", latency(roofline));
    StringBuilder body = new StringBuilder();
    body.append("<p>Lower bounds at the vendor's rates. Communication, attention scores and")
        .append(" imbalance are left out.</p>\n<h2>Time of a step</h2>\n")
        .append(
            HtmlPage.chart(
                "latency", "Time of a step against the batch: compute, weights, KV, their roof"));
    if (priced) {
      charts.put("cost", cost(roofline));
      body.append("<h2>Cost of a token</h2>\n")
          .append(HtmlPage.chart("cost", "USD per million tokens against the batch"));
    }
    body.append("<h2 id=\"tables\">Numbers</h2>\n")
        .append(
            Html.table("Figures", List.of("figure", "value", "is"), RooflineText.figures(roofline)))
        .append(
            Html.table(
                "Steps by batch", RooflineText.CURVE_HEADER, RooflineText.curveRows(roofline)));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    data.put("roofline", RooflineTree.of(roofline));
    return HtmlPage.of(RooflineText.title(roofline), body.toString(), data);
  }

  private static Map<String, Object> latency(ModelRoofline roofline) {
    return chart(roofline, "time of a step [ms]", CurveChart.latency(roofline));
  }

  private static Map<String, Object> cost(ModelRoofline roofline) {
    double usdPerHour = roofline.usdPerHour().getAsDouble();
    return chart(
        roofline,
        "USD per million tokens",
        List.of(
            CurveChart.series(
                roofline, "step", true, point -> point.usdPerMillionTokens().getAsDouble()),
            part(roofline, "compute", usdPerHour, RooflinePoint::computeSeconds),
            part(roofline, "weights", usdPerHour, RooflinePoint::weightSeconds),
            part(roofline, "KV", usdPerHour, RooflinePoint::kvSeconds)));
  }

  private static Map<String, Object> part(
      ModelRoofline roofline,
      String name,
      double usdPerHour,
      ToDoubleFunction<RooflinePoint> seconds) {
    return CurveChart.series(
        roofline,
        name,
        false,
        point ->
            Roofline.usdPerMillionTokens(seconds.applyAsDouble(point), point.batch(), usdPerHour));
  }

  private static Map<String, Object> chart(
      ModelRoofline roofline, String y, List<Map<String, Object>> series) {
    List<Map<String, Object>> marks = new ArrayList<>();
    marks.add(CurveChart.mark("balance", roofline.balanceBatch()));
    double largest = roofline.curve().get(roofline.curve().size() - 1).batch();
    roofline
        .mostSequences(RooflineText.MEMORY_RESERVE)
        .ifPresent(
            most -> {
              if (most >= 1 && most <= largest) {
                marks.add(CurveChart.mark("memory full", most));
              }
            });
    return CurveChart.of(
        CurveChart.axis("batch [sequences]", true), CurveChart.axis(y, true), series, marks);
  }
}
