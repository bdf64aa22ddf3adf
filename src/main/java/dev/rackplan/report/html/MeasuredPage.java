package dev.rackplan.report.html;

import dev.rackplan.accuracy.MeasuredPrediction;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.RowAttribute;
import dev.rackplan.report.measured.MeasuredText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Measured serving rows against the model as a page: predictions, errors by family and by load. */
public final class MeasuredPage {
  // More bars than that no chart of a page's height tells apart.
  private static final int MOST_BARS = 40;
  private static final double PERCENT = 100;

  private MeasuredPage() {}

  /** The page's text, in UTF-8 when written; of counted rows with a measured TPOT. */
  public static String of(MeasuredStudy study) {
    List<MeasuredPrediction> rows =
        study.predictions(MeasuredRow::counts).stream()
            .filter(row -> row.row().tpotMillis().isPresent())
            .toList();
    List<MeasuredStudy.Family> families = study.families(RowAttribute.MODEL_ENGINE_AND_GPU);
    StringBuilder body = new StringBuilder();
    body.append("<ul class=\"notes\">\n");
    for (String line : MeasuredText.heads(study)) {
      body.append("<li>").append(Html.text(line)).append("</li>\n");
    }
    body.append("</ul>\n<h2>Predicted against measured</h2>\n")
        .append(HtmlPage.chart("predicted", "Predicted TPOT against measured TPOT in ms by model"))
        .append("<h2>Error by family, worst first</h2>\n")
        .append("<p>Median of |predicted/measured - 1| of TPOT.</p>\n")
        .append(HtmlPage.chart("families", "Median absolute error in % by family, worst first"))
        .append("<h2>Error against sequences per GPU</h2>\n")
        .append(
            HtmlPage.chart(
                "load", "Predicted over measured TPOT against sequences per GPU by model"))
        .append("<h2 id=\"tables\">Families</h2>\n")
        .append(Html.table("TPOT by family", header(), cells(families)));
    Map<String, Object> charts = new LinkedHashMap<>();
    charts.put("predicted", predicted(rows));
    charts.put("families", bars(families));
    charts.put("load", load(rows));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("charts", charts);
    return HtmlPage.of("Measured serving against the model", body.toString(), data);
  }

  private static Map<String, Object> predicted(List<MeasuredPrediction> rows) {
    Map<String, Object> chart =
        scatter(
            CurveChart.axis("measured TPOT [ms]", true),
            CurveChart.axis("predicted TPOT [ms]", true),
            rows,
            MeasuredPage::measured,
            MeasuredPrediction::tpotMillis);
    chart.put("equal", !rows.isEmpty());
    return chart;
  }

  private static Map<String, Object> load(List<MeasuredPrediction> rows) {
    Map<String, Object> chart =
        scatter(
            CurveChart.axis("sequences per GPU", true),
            CurveChart.axis("predicted/measured", true),
            rows,
            row -> row.family().sequences() / row.family().gpus(),
            row -> row.tpotMillis() / measured(row));
    chart.put("level", 1);
    return chart;
  }

  private static double measured(MeasuredPrediction row) {
    return row.row().tpotMillis().orElseThrow();
  }

  private static Map<String, Object> scatter(
      Map<String, Object> x,
      Map<String, Object> y,
      List<MeasuredPrediction> rows,
      ToDoubleFunction<MeasuredPrediction> across,
      ToDoubleFunction<MeasuredPrediction> up) {
    Map<String, List<Object>> points = new TreeMap<>();
    for (MeasuredPrediction row : rows) {
      points
          .computeIfAbsent(row.family().model(), model -> new ArrayList<>())
          .add(List.of(across.applyAsDouble(row), up.applyAsDouble(row), row.row().id()));
    }
    List<Object> series = new ArrayList<>();
    points.forEach(
        (model, list) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("name", model.substring(model.indexOf('/') + 1));
          one.put("points", list);
          series.add(one);
        });
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "scatter");
    chart.put("x", x);
    chart.put("y", y);
    chart.put("series", series);
    return chart;
  }

  private static Map<String, Object> bars(List<MeasuredStudy.Family> families) {
    List<MeasuredStudy.Family> worst = families.stream().limit(MOST_BARS).toList();
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", "median absolute error");
    series.put(
        "values", worst.stream().map(family -> PERCENT * family.tpot().medianAbsolute()).toList());
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "tornado");
    chart.put("categories", worst.stream().map(MeasuredStudy.Family::name).toList());
    chart.put("x", CurveChart.axis("median absolute error [%]", false));
    chart.put("series", Collections.singletonList(series));
    return chart;
  }

  private static List<String> header() {
    return List.of("family", "rows", "median [%]", "off by [%]", "9 of 10 [%]");
  }

  private static List<List<String>> cells(List<MeasuredStudy.Family> families) {
    return families.stream()
        .map(
            family ->
                List.of(
                    family.name(),
                    Integer.toString(family.tpot().rows()),
                    percent(family.tpot().median()),
                    percent(family.tpot().medianAbsolute()),
                    percent(family.tpot().ninetieth())))
        .toList();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", PERCENT * share);
  }
}
