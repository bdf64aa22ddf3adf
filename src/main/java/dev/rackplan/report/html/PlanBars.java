package dev.rackplan.report.html;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.SummaryText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Where a plan's time and memory go, as bars. */
final class PlanBars {
  private static final int NEUTRAL = 7;
  private static final int TOTAL = 8;
  private static final double VISIBLE = 5e-4;

  private PlanBars() {}

  /** The terms of the slowest stage, the longest first, and their sum with its error. */
  static String terms(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    List<CostedStage> stages = evaluation.stages();
    CostedStage slowest =
        stages.stream().max(Comparator.comparingDouble(CostedStage::seconds)).orElseThrow();
    List<BarTable.Row> rows = new ArrayList<>();
    for (Term term : Term.values()) {
      double seconds = slowest.terms().of(term);
      if (seconds > 0) {
        rows.add(row(term.words(), seconds, colour(term.stream()), slowest.seconds(), 0, false));
      }
    }
    rows.sort(Comparator.comparingDouble(row -> -row.sum()));
    double plusMinus = evaluation.confidence().plusMinus().orElse(0);
    rows.add(row("stage", slowest.seconds(), TOTAL, slowest.seconds(), plusMinus, true));
    double hidden = slowest.terms().sum() / slowest.seconds() - 1;
    String where =
        stages.size() == 1
            ? "one micro-batch"
            : "one micro-batch in stage " + stages.indexOf(slowest) + ", the slowest";
    return "<h2>Where the time goes</h2>\n"
        + BarTable.key(streams(slowest), false)
        + new BarTable("Terms of " + where, List.of("term", "ms", "%"), rows).html()
        + "<p>"
        + Html.text(SummaryText.restsOn(report))
        + (hidden > VISIBLE
            ? Html.text(
                String.format(
                    Locale.ROOT,
                    " Terms that run side by side add up to %.0f%% more than the stage.",
                    100 * hidden))
            : "")
        + "</p>\n";
  }

  private static Map<String, Integer> streams(CostedStage stage) {
    Map<String, Integer> colours = new LinkedHashMap<>();
    for (Stream stream : Stream.values()) {
      if (stage.terms().sum(stream) > 0) {
        colours.put(words(stream), colour(stream));
      }
    }
    return colours;
  }

  private static String words(Stream stream) {
    return switch (stream) {
      case COMPUTE -> "compute";
      case NETWORK -> "network";
      case ALONE -> "nothing beside it";
    };
  }

  private static int colour(Stream stream) {
    return switch (stream) {
      case COMPUTE -> 0;
      case NETWORK -> 1;
      case ALONE -> NEUTRAL;
    };
  }

  private static BarTable.Row row(
      String name, double seconds, int colour, double all, double plusMinus, boolean total) {
    String millis = String.format(Locale.ROOT, "%.3f", 1e3 * seconds);
    String error =
        total && plusMinus > 0 ? String.format(Locale.ROOT, " ±%.0f%%", 100 * plusMinus) : "";
    return new BarTable.Row(
        name,
        List.of(new BarTable.Part(name + ": " + millis + " ms", seconds, colour)),
        plusMinus,
        OptionalDouble.empty(),
        List.of(millis, String.format(Locale.ROOT, "%.1f", 100 * seconds / all) + error),
        total);
  }

  /** Memory of the fullest GPU of each stage, part on part, with the limit. */
  static String memory(PlanReport report) {
    List<CostedStage> stages = report.evaluation().stages();
    Map<String, ToDoubleFunction<MemoryUse>> parts = parts();
    parts
        .values()
        .removeIf(
            part -> stages.stream().noneMatch(stage -> part.applyAsDouble(stage.memory()) > 0));
    double limit = report.evaluation().memory().limitBytes() / 1e9;
    List<BarTable.Row> rows = new ArrayList<>();
    List<List<String>> cells = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      MemoryUse memory = stages.get(s).memory();
      List<BarTable.Part> bar = new ArrayList<>();
      List<String> row = new ArrayList<>(List.of("stage " + s));
      parts.forEach(
          (name, part) -> {
            String gigabytes = String.format(Locale.ROOT, "%.2f", part.applyAsDouble(memory) / 1e9);
            row.add(gigabytes);
            bar.add(
                new BarTable.Part(
                    name + ": " + gigabytes + " GB", part.applyAsDouble(memory) / 1e9, bar.size()));
          });
      String all = String.format(Locale.ROOT, "%.2f", memory.bytes() / 1e9);
      row.add(all);
      cells.add(row);
      rows.add(
          new BarTable.Row("stage " + s, bar, 0, OptionalDouble.of(limit), List.of(all), false));
    }
    List<String> names = List.copyOf(parts.keySet());
    Map<String, Integer> colours = new LinkedHashMap<>();
    names.forEach(name -> colours.put(name, colours.size()));
    List<String> header = new ArrayList<>(List.of("stage"));
    names.forEach(name -> header.add(name + " [GB]"));
    header.add("all [GB]");
    return "<h2>Memory</h2>\n"
        + BarTable.key(colours, true)
        + new BarTable(
                String.format(
                    Locale.ROOT, "The fullest GPU of each stage; %.2f GB are usable", limit),
                List.of("stage", "GB"),
                rows)
            .html()
        + "<details><summary>Numbers of these bars</summary>\n"
        + Html.table("Memory of the fullest GPU by stage and part", header, cells)
        + "</details>\n";
  }

  private static Map<String, ToDoubleFunction<MemoryUse>> parts() {
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
    return parts;
  }
}
