package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.MemoryFigures;
import dev.rackplan.problem.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** The answer of a plan: its layout, figures against their limits, and what binds. */
public final class PlanAnswer {
  // Above that a time reads better in s.
  private static final double MOST_MILLIS = 10;

  private PlanAnswer() {}

  /** Of a plan alone. */
  public static Answer of(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    List<Answer.Figure> figures = new ArrayList<>();
    figures.add(throughput(report));
    figures.add(step(report));
    evaluation
        .training()
        .ifPresent(
            training ->
                figures.add(
                    new Answer.Figure(
                        "Model FLOPs utilization",
                        Figures.fixed(100 * training.modelFlopsUtilization(), 1),
                        "%",
                        "of the GPUs' peak",
                        Optional.empty())));
    figures.add(cost(evaluation));
    figures.add(memory(evaluation.memory()));
    List<Answer.Line> lines = new ArrayList<>();
    evaluation.violations().forEach(text -> lines.add(new Answer.Line("not feasible", text)));
    lines.add(new Answer.Line("binds", evaluation.bottleneck()));
    report
        .bestBaseline()
        .ifPresent(best -> lines.add(new Answer.Line("gain", GainText.change(report, best))));
    lines.add(
        new Answer.Line(
            "bound",
            Figures.fixed(100 * evaluation.gap(), 1)
                + "% above what no plan of this layout on these GPUs can beat"));
    lines.add(idle(report));
    return new Answer(
        evaluation.feasible() ? "keeps every limit" : "not feasible",
        evaluation.feasible(),
        SummaryText.sentence(report.plan()),
        figures,
        lines);
  }

  private static Answer.Figure throughput(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    return new Answer.Figure(
        "Throughput",
        Figures.grouped(evaluation.tokensPerSecondPerGpu()),
        "tokens/s/GPU",
        Figures.grouped(evaluation.tokensPerSecond())
            + " tokens/s on "
            + Figures.count(report.plan().layout().gpus(), "GPU"),
        Optional.empty());
  }

  /** The step's time with its error and limit. */
  static Answer.Figure step(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    Limits limits = report.problem().limits();
    OptionalDouble limit = limits.stepSeconds(report.problem().workload().phase());
    double seconds = evaluation.stepSeconds();
    OptionalDouble plusMinus = evaluation.confidence().plusMinus();
    boolean long_ = seconds >= MOST_MILLIS;
    String error =
        plusMinus.isPresent()
            ? "±"
                + ConfidenceText.percent(plusMinus.getAsDouble())
                + " (two of three measured steps)"
            : "no ± is known";
    return new Answer.Figure(
        stepTitle(report),
        time(seconds, long_),
        long_ ? "s" : "ms",
        error + (limit.isPresent() ? "; " + limitWords(seconds, limit.getAsDouble()) : ""),
        limit.isPresent()
            ? Optional.of(new Answer.Gauge(seconds, plusMinus.orElse(0), limit.getAsDouble()))
            : Optional.empty());
  }

  private static String stepTitle(PlanReport report) {
    return switch (report.problem().workload().phase()) {
      case DECODE -> "Time per output token (TPOT)";
      case PREFILL -> "Time to first token (TTFT)";
      case TRAINING -> "Optimizer step";
    };
  }

  private static String time(double seconds, boolean inSeconds) {
    return inSeconds
        ? Figures.fixed(seconds, 2)
        : seconds < 1 ? Figures.fixed(1e3 * seconds, 2) : Figures.grouped(1e3 * seconds);
  }

  private static String limitWords(double seconds, double limit) {
    return String.format(
        Locale.ROOT,
        "limit %s ms, %s",
        Figures.shortest(Math.rint(1e6 * limit) / 1e3),
        seconds <= limit
            ? Figures.fixed(100 * (1 - seconds / limit), 0) + "% below it"
            : Figures.fixed(100 * (seconds / limit - 1), 0) + "% above it");
  }

  private static Answer.Figure cost(Evaluation evaluation) {
    OptionalDouble usd = evaluation.usdPerMillionTokens();
    return usd.isPresent()
        ? new Answer.Figure(
            "Cost",
            Figures.fixed(usd.getAsDouble(), usd.getAsDouble() < 1 ? 3 : 2),
            "USD per million tokens",
            "at the GPUs' hourly prices",
            Optional.empty())
        : new Answer.Figure(
            "Cost", Figures.NONE, "", "a GPU of the plan has no price", Optional.empty());
  }

  private static Answer.Figure memory(MemoryFigures memory) {
    String sure = ConfidenceText.memory(memory.confidence());
    return new Answer.Figure(
        "Memory of the fullest GPU",
        Figures.fixed(memory.peakBytes() / 1e9, 1),
        "GB",
        "of "
            + Figures.fixed(memory.limitBytes() / 1e9, 1)
            + " GB usable"
            + (sure.isEmpty() ? "" : "; " + sure),
        Optional.of(new Answer.Gauge(memory.peakBytes(), 0, memory.limitBytes())));
  }

  private static Answer.Line idle(PlanReport report) {
    int usable = report.problem().topology().usableGpus().size();
    int idle = usable - report.plan().layout().gpus();
    return new Answer.Line(
        "GPUs",
        idle == 0 ? "all " + usable + " work" : idle + " of " + usable + " are not in this plan");
  }
}
