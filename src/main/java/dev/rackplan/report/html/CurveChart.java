package dev.rackplan.report.html;

import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.cost.economics.RooflinePoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Parts of charts with curves, as {@code page.js} takes them. */
final class CurveChart {
  private static final double MILLIS = 1e3;

  private CurveChart() {}

  static Map<String, Object> of(
      Map<String, Object> x,
      Map<String, Object> y,
      List<Map<String, Object>> series,
      List<Map<String, Object>> marks) {
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "curves");
    chart.put("x", x);
    chart.put("y", y);
    chart.put("series", series);
    chart.put("marks", marks);
    return chart;
  }

  static Map<String, Object> axis(String name, boolean log) {
    Map<String, Object> axis = new LinkedHashMap<>();
    axis.put("name", name);
    axis.put("log", log);
    return axis;
  }

  /** A vertical line, named at its top. */
  static Map<String, Object> mark(String name, double x) {
    Map<String, Object> mark = new LinkedHashMap<>();
    mark.put("name", name);
    mark.put("x", x);
    return mark;
  }

  static Map<String, Object> series(String name, boolean bold, List<List<Double>> points) {
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", name);
    series.put("bold", bold);
    series.put("points", points);
    return series;
  }

  /** One point with a mark of its own. */
  static Map<String, Object> point(String name, double x, double y) {
    Map<String, Object> series = series(name, false, List.of(List.of(x, y)));
    series.put("symbol", "diamond");
    return series;
  }

  /** A figure of a roofline against the batch; a logarithmic axis has no place for 0. */
  static Map<String, Object> series(
      ModelRoofline roofline, String name, boolean bold, ToDoubleFunction<RooflinePoint> figure) {
    return series(
        name,
        bold,
        roofline.curve().stream()
            .filter(point -> figure.applyAsDouble(point) > 0)
            .map(point -> List.of((double) point.batch(), figure.applyAsDouble(point)))
            .toList());
  }

  /** A step's time in ms and its parts against the batch. */
  static List<Map<String, Object>> latency(ModelRoofline roofline) {
    return List.of(
        series(roofline, "step", true, point -> point.stepSeconds() * MILLIS),
        series(roofline, "compute", false, point -> point.computeSeconds() * MILLIS),
        series(roofline, "weights", false, point -> point.weightSeconds() * MILLIS),
        series(roofline, "KV", false, point -> point.kvSeconds() * MILLIS));
  }
}
