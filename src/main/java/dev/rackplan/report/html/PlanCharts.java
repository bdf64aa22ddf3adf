package dev.rackplan.report.html;

import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.SearchHistory;
import dev.rackplan.report.SummaryText;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The charts of a plan's page, as {@code page.js} takes them. */
final class PlanCharts {
  // As LayoutTrial's outcome of the plan itself.
  private static final String CHOSEN = "chosen";

  private PlanCharts() {}

  /** A decode step of one replica on its GPUs, where all are of one kind. */
  static Optional<Map<String, Object>> roofline(PlanReport report) {
    Problem problem = report.problem();
    Layout layout = report.plan().layout();
    List<String> kinds =
        report.plan().stages().stream()
            .flatMap(stage -> stage.gpus().stream())
            .map(gpu -> problem.topology().gpus().get(gpu).spec().name())
            .distinct()
            .toList();
    if (problem.workload().phase() != Phase.DECODE || kinds.size() > 1) {
      return Optional.empty();
    }
    Precision precision = problem.precision();
    ModelRoofline roofline =
        new ModelRoofline(
            problem.model(),
            problem.topology().gpus().get(report.plan().stages().get(0).gpus().get(0)).spec(),
            layout.pipelineStages() * layout.gpusPerStage(),
            precision.weights(),
            precision.experts(),
            precision.kv(),
            (long) Math.ceil(problem.workload().contextTokens()));
    double sequences = (double) layout.microBatches() * layout.sequencesPerMicroBatch();
    List<Map<String, Object>> series = new ArrayList<>(CurveChart.latency(roofline));
    series.add(
        CurveChart.point(
            "this plan, modelled", sequences, report.evaluation().stepSeconds() * 1e3));
    return Optional.of(
        CurveChart.of(
            CurveChart.axis("sequences of a replica", true),
            CurveChart.axis("time of a step [ms]", true),
            series,
            List.of(CurveChart.mark("this plan", sequences))));
  }

  /** Layouts tried by kind of outcome, the front as a line, the plan, and the limit. */
  static Map<String, Object> layouts(PlanReport report, SearchHistory history) {
    Map<String, List<List<Object>>> byReason = new LinkedHashMap<>();
    for (SearchHistory.Tried tried : history.tried()) {
      if (tried.hasFigures() && !tried.reason().equals(CHOSEN)) {
        byReason.computeIfAbsent(tried.reason(), reason -> new ArrayList<>()).add(point(tried));
      }
    }
    List<Map<String, Object>> series = new ArrayList<>();
    series.add(
        series(
            "this plan",
            List.of(
                List.of(
                    report.evaluation().stepSeconds() * 1e3,
                    report.evaluation().tokensPerSecondPerGpu(),
                    SummaryText.sentence(report.plan())))));
    series.get(0).put("symbol", "diamond");
    byReason.forEach((reason, points) -> series.add(series(reason, points)));
    if (history.front().size() > 1) {
      Map<String, Object> front =
          series(
              "none beats these",
              history.front().stream()
                  .filter(SearchHistory.Tried::hasFigures)
                  .map(PlanCharts::point)
                  .toList());
      front.put("line", true);
      series.add(front);
    }
    Map<String, Object> chart =
        CurveChart.of(
            CurveChart.axis(report.stepName() + " [ms]", false),
            CurveChart.axis("tokens/s/GPU", false),
            series,
            marks(report));
    chart.put("kind", "scatter");
    return chart;
  }

  private static List<Map<String, Object>> marks(PlanReport report) {
    OptionalDouble limit =
        report.problem().limits().stepSeconds(report.problem().workload().phase());
    return limit.isPresent()
        ? List.of(CurveChart.mark("limit", limit.getAsDouble() * 1e3))
        : List.of();
  }

  private static Map<String, Object> series(String name, List<List<Object>> points) {
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", name);
    series.put("points", points);
    return series;
  }

  private static List<Object> point(SearchHistory.Tried tried) {
    return List.of(tried.millis().getAsDouble(), tried.rate().getAsDouble(), tried.layout());
  }
}
