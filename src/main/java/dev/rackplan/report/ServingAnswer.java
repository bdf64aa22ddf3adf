package dev.rackplan.report;

import dev.rackplan.problem.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The answer of two pools together: requests per second, both times, and which pool binds. */
public final class ServingAnswer {
  private ServingAnswer() {}

  /** Of both pools; the rate is given, or what they can take. */
  public static Answer of(ServingReport report) {
    List<Answer.Figure> figures = new ArrayList<>();
    figures.add(
        new Answer.Figure(
            "Requests",
            Figures.requests(report.serving().requestsPerSecond()),
            "requests/s",
            "of "
                + Figures.grouped(report.serving().inputTokens())
                + " + "
                + Figures.grouped(report.serving().outputTokens())
                + " tokens; at most "
                + Figures.fixed(report.capacity(), 2),
            Optional.empty()));
    figures.add(PlanAnswer.step(report.prefill()));
    figures.add(PlanAnswer.step(report.decode()));
    report
        .bill()
        .ifPresent(
            bill ->
                figures.add(
                    new Answer.Figure(
                        "Cost",
                        Figures.fixed(bill.usdPerMillionOutputTokens(), 3),
                        "USD per million output tokens",
                        Figures.fixed(bill.usdPerMillionInputTokens(), 3)
                            + " per million tokens of prompts",
                        Optional.empty())));
    boolean prefillBinds = report.capacity(Pool.PREFILL) <= report.capacity(Pool.DECODE);
    List<Answer.Line> lines = new ArrayList<>();
    lines.add(
        new Answer.Line(
            "binds",
            (prefillBinds ? "prefill" : "decode")
                + ": prefill takes at most "
                + Figures.requests(report.capacity(Pool.PREFILL))
                + " requests/s, decode "
                + Figures.requests(report.capacity(Pool.DECODE))));
    lines.add(new Answer.Line("hosts lost", report.lost().strip()));
    lines.add(new Answer.Line("KV caches", report.transfers().strip()));
    boolean good =
        report.keepsUp()
            && report.prefill().evaluation().feasible()
            && report.decode().evaluation().feasible();
    return new Answer(
        good ? "keeps every limit" : "not feasible",
        good,
        report.prefill().plan().layout().gpus()
            + " GPUs for prefill and "
            + report.decode().plan().layout().gpus()
            + " for decode",
        figures,
        lines);
  }
}
