package dev.rackplan.report.html;

import dev.rackplan.cost.ModelRoofline;
import dev.rackplan.cost.Roofline;
import dev.rackplan.cost.RooflinePoint;
import dev.rackplan.report.RooflineText;
import dev.rackplan.report.RooflineTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A roofline as a page: latency and cost per token against the batch, and the numbers. */
public final class RooflinePage {
  private static final double MILLIS = 1e3;

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
            Html.table(
                "Figures", List.of("figure", "value", "is"), RooflineText.figures(roofline), false))
        .append(
            Html.table(
                "Steps by batch",
                RooflineText.CURVE_HEADER,
                RooflineText.curveRows(roofline),
                true));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    data.put("roofline", RooflineTree.of(roofline));
    return HtmlPage.of(RooflineText.title(roofline), body.toString(), data);
  }

  private static Map<String, Object> latency(ModelRoofline roofline) {
    return chart(
        roofline,
        "time of a step [ms]",
        List.of(
            series(roofline, "step", true, point -> point.stepSeconds() * MILLIS),
            series(roofline, "compute", false, point -> point.computeSeconds() * MILLIS),
            series(roofline, "weights", false, point -> point.weightSeconds() * MILLIS),
            series(roofline, "KV", false, point -> point.kvSeconds() * MILLIS)));
  }

  private static Map<String, Object> cost(ModelRoofline roofline) {
    double usdPerHour = roofline.usdPerHour().getAsDouble();
    return chart(
        roofline,
        "USD per million tokens",
        List.of(
            series(roofline, "step", true, point -> point.usdPerMillionTokens().getAsDouble()),
            part(roofline, "compute", usdPerHour, RooflinePoint::computeSeconds),
            part(roofline, "weights", usdPerHour, RooflinePoint::weightSeconds),
            part(roofline, "KV", usdPerHour, RooflinePoint::kvSeconds)));
  }

  private static Map<String, Object> part(
      ModelRoofline roofline,
      String name,
      double usdPerHour,
      ToDoubleFunction<RooflinePoint> seconds) {
    return series(
        roofline,
        name,
        false,
        point ->
            Roofline.usdPerMillionTokens(seconds.applyAsDouble(point), point.batch(), usdPerHour));
  }

  private static Map<String, Object> chart(
      ModelRoofline roofline, String y, List<Map<String, Object>> series) {
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("x", axis("batch [sequences]"));
    chart.put("y", axis(y));
    chart.put("series", series);
    List<Map<String, Object>> marks = new ArrayList<>();
    marks.add(mark("balance", roofline.balanceBatch()));
    double largest = roofline.curve().get(roofline.curve().size() - 1).batch();
    roofline
        .mostSequences(RooflineText.MEMORY_RESERVE)
        .ifPresent(
            most -> {
              if (most >= 1 && most <= largest) {
                marks.add(mark("memory full", most));
              }
            });
    chart.put("marks", marks);
    return chart;
  }

  private static Map<String, Object> axis(String name) {
    Map<String, Object> axis = new LinkedHashMap<>();
    axis.put("name", name);
    axis.put("log", true);
    return axis;
  }

  private static Map<String, Object> mark(String name, double x) {
    Map<String, Object> mark = new LinkedHashMap<>();
    mark.put("name", name);
    mark.put("x", x);
    return mark;
  }

  // A logarithmic axis has no place for 0.
  private static Map<String, Object> series(
      ModelRoofline roofline, String name, boolean bold, ToDoubleFunction<RooflinePoint> figure) {
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", name);
    series.put("bold", bold);
    series.put(
        "points",
        roofline.curve().stream()
            .filter(point -> figure.applyAsDouble(point) > 0)
            .map(point -> List.of((double) point.batch(), figure.applyAsDouble(point)))
            .toList());
    return series;
  }
}
