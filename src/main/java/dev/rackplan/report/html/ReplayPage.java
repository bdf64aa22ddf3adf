package dev.rackplan.report.html;

import dev.rackplan.replay.PoolFigures;
import dev.rackplan.replay.ReplayResult;
import dev.rackplan.report.ReplayReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** A replay as a page: how many requests are how fast, queues and caches over time. */
public final class ReplayPage {
  private static final double MILLIS = 1e3;

  private ReplayPage() {}

  /** The page's text, in UTF-8 when written. */
  public static String of(ReplayReport report) {
    ReplayResult result = report.result();
    int[] served =
        IntStream.range(0, result.trace().size()).filter(r -> !result.isRefused(r)).toArray();
    Map<String, Object> charts = new LinkedHashMap<>();
    charts.put(
        "ttft",
        shares(
            "TTFT [ms]",
            IntStream.of(served).mapToDouble(r -> MILLIS * result.ttftSeconds(r)).toArray(),
            report.ttftLimit()));
    charts.put(
        "tpot",
        shares(
            "TPOT [ms]",
            IntStream.of(served)
                .mapToObj(result::tpotSeconds)
                .filter(OptionalDouble::isPresent)
                .mapToDouble(seconds -> MILLIS * seconds.getAsDouble())
                .toArray(),
            report.tpotLimit()));
    charts.put("waiting", overTime(result, "requests waiting", PoolFigures.Span::waiting));
    charts.put("running", overTime(result, "requests running", PoolFigures.Span::running));
    charts.put("kv", overTime(result, "KV cache used [%]", span -> 100 * span.kvShare()));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    data.put("replay", report.tree());
    return HtmlPage.of(report.title(), body(report), data);
  }

  private static String body(ReplayReport report) {
    return "<p>"
        + Html.text(report.arrivals() + ". " + report.sentences())
        + "</p>\n<h2>Time to first token</h2>\n"
        + HtmlPage.chart("ttft", "Share of requests by time to first token")
        + "<h2>Time per token after the first</h2>\n"
        + HtmlPage.chart("tpot", "Share of requests by time per token")
        + "<h2>Queue</h2>\n"
        + HtmlPage.chart("waiting", "Requests waiting in each pool over time")
        + HtmlPage.chart("running", "Requests running in each pool over time")
        + "<h2>KV cache</h2>\n"
        + HtmlPage.chart("kv", "Share of the room for KV caches in use over time")
        + "<h2 id=\"tables\">Numbers</h2>\n"
        + Html.table("Times", ReplayReport.TIME_HEADER, report.timeRows())
        + Html.table("Pools", ReplayReport.POOL_HEADER, report.poolRows());
  }

  // A point for every percent.
  private static Map<String, Object> shares(String axis, double[] values, OptionalDouble limit) {
    Arrays.sort(values);
    List<List<Double>> points = new ArrayList<>();
    for (int percent = 0; values.length > 0 && percent <= 100; percent++) {
      int place = (int) ((long) percent * (values.length - 1) / 100);
      points.add(List.of(values[place], (double) percent));
    }
    List<Map<String, Object>> marks = new ArrayList<>();
    limit.ifPresent(seconds -> marks.add(CurveChart.mark("limit", MILLIS * seconds)));
    return CurveChart.of(
        CurveChart.axis(axis, false),
        CurveChart.axis("requests within [%]", false),
        List.of(CurveChart.series("requests", true, points)),
        marks);
  }

  private static Map<String, Object> overTime(
      ReplayResult result, String axis, ToDoubleFunction<PoolFigures.Span> figure) {
    List<Map<String, Object>> series = new ArrayList<>();
    for (PoolFigures pool : result.pools()) {
      series.add(
          CurveChart.series(
              ReplayReport.poolName(pool),
              series.isEmpty(),
              pool.spans().stream()
                  .map(span -> List.of(span.seconds(), figure.applyAsDouble(span)))
                  .toList()));
    }
    return CurveChart.of(
        CurveChart.axis("time [s]", false), CurveChart.axis(axis, false), series, List.of());
  }
}
