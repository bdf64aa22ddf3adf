package dev.rackplan.report.html;

import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.ModelRoofline;
import dev.rackplan.cost.RooflinePoint;
import dev.rackplan.cost.StageCost;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The charts of a plan's page, as {@code page.js} takes them. */
final class PlanCharts {
  private PlanCharts() {}

  /** Memory of the fullest GPU of each stage, part on part, with the limit. */
  static Map<String, Object> memory(PlanReport report) {
    List<StageCost> stages = report.evaluation().stages();
    Map<String, ToDoubleFunction<MemoryUse>> parts = new LinkedHashMap<>();
    parts.put("routed experts", MemoryUse::expertBytes);
    parts.put(
        "other weights",
        use -> use.attentionBytes() + use.denseBytes() + use.sharedBytes() + use.embeddingBytes());
    parts.put("KV cache", MemoryUse::kvBytes);
    parts.put("buffers", MemoryUse::bufferBytes);
    parts.put("gradients", use -> use.training().map(t -> t.gradientBytes()).orElse(0.0));
    parts.put("optimizer", use -> use.training().map(t -> t.optimizerBytes()).orElse(0.0));
    parts.put("activations", use -> use.training().map(t -> t.activationBytes()).orElse(0.0));
    List<Object> series = new ArrayList<>();
    parts.forEach(
        (name, part) -> {
          List<Double> values =
              stages.stream().map(stage -> part.applyAsDouble(stage.memory()) / 1e9).toList();
          if (values.stream().anyMatch(value -> value > 0)) {
            Map<String, Object> bar = new LinkedHashMap<>();
            bar.put("name", name);
            bar.put("values", values);
            series.add(bar);
          }
        });
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("kind", "bars");
    List<String> categories = new ArrayList<>();
    for (int stage = 0; stage < stages.size(); stage++) {
      categories.add("stage " + stage);
    }
    chart.put("categories", categories);
    chart.put("y", Map.of("name", "memory [GB]"));
    chart.put("series", series);
    chart.put("limit", report.evaluation().memory().limitBytes() / 1e9);
    return chart;
  }

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
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("x", axis("sequences of a replica", true));
    chart.put("y", axis("time of a step [ms]", true));
    chart.put(
        "series",
        List.of(
            series("step", true, roofline, RooflinePoint::stepSeconds),
            series("compute", false, roofline, RooflinePoint::computeSeconds),
            series("weights", false, roofline, RooflinePoint::weightSeconds),
            series("KV", false, roofline, RooflinePoint::kvSeconds)));
    Map<String, Object> mark = new LinkedHashMap<>();
    mark.put("name", "this plan");
    mark.put("x", (double) layout.microBatches() * layout.sequencesPerMicroBatch());
    chart.put("marks", List.of(mark));
    Map<String, Object> point = new LinkedHashMap<>();
    point.put("name", "this plan, modelled");
    point.put("bold", false);
    point.put("symbol", "diamond");
    point.put(
        "points",
        List.of(
            List.of(
                (double) layout.microBatches() * layout.sequencesPerMicroBatch(),
                report.evaluation().stepSeconds() * 1e3)));
    List<Object> all = new ArrayList<>((List<?>) chart.get("series"));
    all.add(point);
    chart.put("series", all);
    return Optional.of(chart);
  }

  /** Throughput over step time of the plans found. */
  static Map<String, Object> front(PlanReport report, List<List<Double>> points) {
    Map<String, Object> chart = new LinkedHashMap<>();
    chart.put("x", axis("step [ms]", false));
    chart.put("y", axis("tokens/s/GPU", false));
    Map<String, Object> front = new LinkedHashMap<>();
    front.put("name", "best plans found");
    front.put("bold", true);
    front.put("points", points);
    Map<String, Object> plan = new LinkedHashMap<>();
    plan.put("name", "this plan");
    plan.put("bold", false);
    plan.put("symbol", "diamond");
    plan.put(
        "points",
        List.of(
            List.of(
                report.evaluation().stepSeconds() * 1e3,
                report.evaluation().tokensPerSecondPerGpu())));
    chart.put("series", List.of(front, plan));
    return chart;
  }

  private static Map<String, Object> axis(String name, boolean log) {
    Map<String, Object> axis = new LinkedHashMap<>();
    axis.put("name", name);
    axis.put("log", log);
    return axis;
  }

  // A logarithmic axis has no place for 0.
  private static Map<String, Object> series(
      String name, boolean bold, ModelRoofline roofline, ToDoubleFunction<RooflinePoint> figure) {
    Map<String, Object> series = new LinkedHashMap<>();
    series.put("name", name);
    series.put("bold", bold);
    series.put(
        "points",
        roofline.curve().stream()
            .filter(point -> figure.applyAsDouble(point) > 0)
            .map(point -> List.of((double) point.batch(), figure.applyAsDouble(point) * 1e3))
            .toList());
    return series;
  }
}
