package dev.rackplan.report;

import dev.rackplan.cost.ModelFlops;
import dev.rackplan.evaluation.TrainingOption;
import dev.rackplan.model.Dtype;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Training layouts of equal GPUs as a person reads them: those that likely fit in memory before the
 * others, the shortest step first; at most 80 columns.
 *
 * @param problem what was asked
 * @param options at least one
 * @param layouts that were looked at
 * @param beyondMemory of them, that no memory holds
 * @param complete whether the search was not stopped before its end
 * @param run of so many tokens; empty where none are asked for
 */
public record TrainingPlanReport(
    Problem problem,
    List<TrainingOption> options,
    int layouts,
    int beyondMemory,
    boolean complete,
    Optional<TrainingRunReport> run) {
  private static final int MOST_ROWS = 8;
  private static final int COLUMNS = 80;
  private static final int MOST_SHARES = 4;
  // Two of three lie within the ±, half of the others above it.
  private static final double MOST_BEYOND = 1 / 6.0;
  private static final double SECONDS_PER_DAY = 86_400;

  public TrainingPlanReport {
    options = List.copyOf(options);
  }

  private TrainingOption best() {
    return options.get(0);
  }

  int gpus() {
    return problem.topology().usableGpus().size();
  }

  double tokensPerSecondPerGpu(TrainingOption option) {
    return option.tokensPerSecond() / option.plan().layout().gpus();
  }

  /**
   * Model FLOPs over the dense BF16 peak of the layout's GPUs; of GPUs without a BF16 rate, the
   * peak of the weights' format.
   *
   * @param causal whether half of the scores count
   */
  double utilization(TrainingOption option, boolean causal) {
    PeakFlops peak = peakFlops();
    double rate =
        peak.rate(Dtype.BF16.operandBits())
            .orElseGet(() -> peak.rate(problem.precision().weights().operandBits()).orElseThrow());
    return flopsPerToken(causal) * tokensPerSecondPerGpu(option) / rate;
  }

  /** The same over the peak of the format that most products have; empty where that is BF16. */
  OptionalDouble recipeUtilization(TrainingOption option) {
    int bits = problem.precision().weights().operandBits();
    return bits < Dtype.BF16.operandBits()
        ? OptionalDouble.of(
            flopsPerToken(false)
                * tokensPerSecondPerGpu(option)
                / peakFlops().rate(bits).orElseThrow())
        : OptionalDouble.empty();
  }

  private PeakFlops peakFlops() {
    return problem.topology().usableGpus().get(0).spec().peakFlops();
  }

  private double flopsPerToken(boolean causal) {
    ModelFlops flops = new ModelFlops(problem);
    return causal ? flops.causalPerToken() : flops.perToken();
  }

  /** Best layout, its step, rates and MFU, what binds, memory, what was looked at. */
  public String headline() {
    TrainingOption best = best();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: a step of %.3f s%s",
            best.plan().layout().inTrainersWords(),
            best.stepSeconds(),
            ConfidenceText.plusMinus(best.confidence().plusMinus())));
    lines.add(details(best.plan().layout(), "  "));
    lines.add(idleWords(best));
    lines.add(
        String.format(
            Locale.ROOT,
            "%.1f tokens/s/GPU, %s tokens a day",
            tokensPerSecondPerGpu(best),
            TrainingRunReport.amount(best.tokensPerSecond() * SECONDS_PER_DAY)));
    lines.add(utilizationWords(best));
    lines.add("binds: " + shares(best));
    lines.add(
        String.format(
            Locale.ROOT,
            "memory: %.1f of %.1f GB on the fullest GPU",
            best.memoryBytes() / 1e9,
            problem.usableBytes(problem.topology().usableGpus().get(0).spec().hbmBytes()) / 1e9));
    memoryWords(best).ifPresent(lines::add);
    lines.add("step rests on: " + ConfidenceText.restsOn(best.confidence().restsOn()));
    lead().ifPresent(lines::add);
    lines.add(
        String.format(
            Locale.ROOT,
            "%d layouts looked at, %d beyond memory, %d run pass by pass",
            layouts,
            beyondMemory,
            options.size()));
    if (!complete) {
      lines.add("stopped early: better ones may be there");
    }
    return String.join("\n", lines);
  }

  // How sure the best is to fit, and which row is surer.
  private Optional<String> memoryWords(TrainingOption best) {
    String sure = ConfidenceText.memory(best.memory());
    if (sure.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of("  " + sure + (fits(best) ? "" : "\n  " + surer(best)));
  }

  private String surer(TrainingOption best) {
    List<TrainingOption> shown = shown();
    for (int row = 1; row < shown.size(); row++) {
      if (fits(shown.get(row))) {
        return String.format(
            Locale.ROOT,
            "row %d fits within its ± and is %s slower",
            row + 1,
            ConfidenceText.percent(shown.get(row).stepSeconds() / best.stepSeconds() - 1));
      }
    }
    return "no row fits within its ±";
  }

  private static boolean fits(TrainingOption option) {
    return option.memory().chanceBeyond().orElse(0) <= MOST_BEYOND;
  }

  private String idleWords(TrainingOption option) {
    int idle = gpus() - option.plan().layout().gpus();
    return idle == 0
        ? "no GPU idles"
        : idle + " of " + gpus() + " GPUs idle: no replica more divides the global batch";
  }

  private String utilizationWords(TrainingOption option) {
    OptionalDouble recipe = recipeUtilization(option);
    return String.format(
        Locale.ROOT,
        "MFU %.1f%%; with causal attention counted half %.1f%%%n  (model FLOPs forward and"
            + " backward, nothing computed again, over dense BF16%s)",
        100 * utilization(option, false),
        100 * utilization(option, true),
        recipe.isPresent()
            ? String.format(
                Locale.ROOT,
                ";%n  %.1f%% of the %s peak",
                100 * recipe.getAsDouble(),
                problem.precision().weights())
            : "");
  }

  private static String shares(TrainingOption option) {
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, Double> share : option.shares().entrySet()) {
      if (parts.size() < MOST_SHARES) {
        parts.add(share.getKey() + " " + Figures.fixed(100 * share.getValue(), 0) + "%");
      }
    }
    return String.join(", ", parts);
  }

  // How far the best is ahead of the next layout, and of the error of such a ratio.
  private Optional<String> lead() {
    OptionalDouble ratio = best().confidence().ratio();
    OptionalDouble error = ratio.isPresent() ? ratio : best().confidence().plusMinus();
    if (options.size() < 2
        || error.isEmpty()
        || best().likelyFits() != options.get(1).likelyFits()) {
      return Optional.empty();
    }
    double lead = options.get(1).stepSeconds() / best().stepSeconds() - 1;
    return Optional.of(
        Figures.fixed(100 * lead, 1)
            + "% ahead of the next; the error of a ratio is "
            + ConfidenceText.percent(error.getAsDouble())
            + (lead > error.getAsDouble() ? "" : ": either may be faster"));
  }

  /** Such as {@code micro-batch 1, 32 a replica, interleaved, recompute selective, zero1}. */
  private String details(Layout layout, String indent) {
    Training training = layout.training(problem.workload()).orElseThrow();
    List<String> parts = new ArrayList<>();
    parts.add("micro-batch " + microBatch(layout));
    parts.add(layout.microBatches() + " a replica");
    if (layout.pipelineStages() > 1 || training.schedule() != PipelineSchedule.INTERLEAVED) {
      parts.add(training.schedule().word());
    }
    int layers = training.recomputedLayers();
    parts.add(
        "recompute "
            + training.recompute().name().toLowerCase(Locale.ROOT)
            + (layers > 0 ? " in the first " + layers + " of each chunk" : ""));
    String copy =
        training.sharding().ranks().isPresent()
            ? " over " + training.sharding().ranks().getAsInt() + " ranks"
            : "";
    parts.add("zero" + training.sharding().stage() + copy);
    if (training.runtime().hostOptimizer() > 0) {
      parts.add("moments on the host");
    }
    return indented(parts, indent);
  }

  // In lines that a terminal holds.
  private static String indented(List<String> parts, String indent) {
    StringBuilder text = new StringBuilder(indent);
    int start = 0;
    for (int p = 0; p < parts.size(); p++) {
      String part = parts.get(p) + (p + 1 < parts.size() ? "," : "");
      if (p > 0 && text.length() - start + 1 + part.length() > COLUMNS) {
        start = text.length() + 1;
        text.append('\n').append(indent).append(part);
      } else {
        text.append(p > 0 ? " " : "").append(part);
      }
    }
    return text.toString();
  }

  static int microBatch(Layout layout) {
    return layout.sequencesPerMicroBatch() / layout.attentionRanks();
  }

  /** The best of each degrees that decide which GPUs talk to which, its layout below each row. */
  public String table() {
    TextTable table =
        new TextTable(
            List.of(
                "",
                "step [s]",
                "tok/s/GPU",
                "MFU %",
                "causal %",
                "GB/GPU",
                "OOM %",
                "bubble %",
                "± %"));
    List<TrainingOption> shown = shown();
    for (TrainingOption option : shown) {
      table.add(
          List.of(
              String.valueOf(table.rows().size() + 1),
              Figures.fixed(option.stepSeconds(), 3),
              Figures.fixed(tokensPerSecondPerGpu(option), 1),
              Figures.fixed(100 * utilization(option, false), 1),
              Figures.fixed(100 * utilization(option, true), 1),
              Figures.fixed(option.memoryBytes() / 1e9, 1),
              ConfidenceText.cell(option.memory().chanceBeyond()),
              Figures.fixed(100 * option.bubbleFraction(), 1),
              ConfidenceText.cell(option.confidence().plusMinus())));
    }
    String[] lines = table.text().split("\n");
    StringBuilder text = new StringBuilder(lines[0]).append('\n');
    for (int i = 0; i < shown.size(); i++) {
      Layout layout = shown.get(i).plan().layout();
      text.append(lines[i + 1]).append('\n');
      text.append("   ").append(layout.inTrainersWords()).append('\n');
      text.append(details(layout, "   ")).append('\n');
    }
    return text.append(
            """
            one row for each set of degrees, with its best schedule and micro-batch;
            causal %: MFU with causal attention counted half; ±: of the step
            OOM %: such runs that run out of memory; rows above 50 come last
            """)
        .toString();
  }

  private List<TrainingOption> shown() {
    Set<List<Integer>> seen = new HashSet<>();
    return options.stream()
        .filter(option -> seen.add(option.plan().layout().communicationDegrees()))
        .limit(MOST_ROWS)
        .toList();
  }
}
