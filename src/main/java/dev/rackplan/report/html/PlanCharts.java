package dev.rackplan.report.html;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.ModelRoofline;
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
    List<CostedStage> stages = report.evaluation().stages();
    Map<String, ToDoubleFunction<MemoryUse>> parts = new LinkedHashMap<>();
    parts.put("routed experts", MemoryUse::expertBytes);
    parts.put(
        "other weights",
        use ->
            use.attentionBytes()
                + use.denseBytes()
                + use.sharedBytes()
                + use.embeddingBytes()
                + use.draftBytes());
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

  /** Throughput over step time of the plans found. */
  static Map<String, Object> front(PlanReport report, List<List<Double>> points) {
    return CurveChart.of(
        CurveChart.axis("step [ms]", false),
        CurveChart.axis("tokens/s/GPU", false),
        List.of(
            CurveChart.series("best plans found", true, points),
            CurveChart.point(
                "this plan",
                report.evaluation().stepSeconds() * 1e3,
                report.evaluation().tokensPerSecondPerGpu())),
        List.of());
  }
}
