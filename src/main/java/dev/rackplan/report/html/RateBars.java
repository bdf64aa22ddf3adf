package dev.rackplan.report.html;

import dev.rackplan.report.Compared;
import dev.rackplan.report.ComparisonAnswer;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Tokens per second and GPU of several plans as bars, the most first, each with its error. */
final class RateBars {
  private RateBars() {}

  static String html(List<Compared> plans) {
    StringBuilder html = new StringBuilder();
    ComparisonAnswer.byKind(plans)
        .forEach(
            (kind, sorted) ->
                html.append(
                    new BarTable(
                            "Tokens per second and GPU of " + kind + ", with the error of the step",
                            List.of("plan", "tokens/s/GPU", "± [%]"),
                            sorted.stream().map(RateBars::row).toList())
                        .html()));
    return html.toString();
  }

  private static BarTable.Row row(Compared plan) {
    double rate = plan.evaluation().tokensPerSecondPerGpu();
    OptionalDouble error = plan.evaluation().confidence().plusMinus();
    String words = String.format(Locale.ROOT, rate >= 100 ? "%,.0f" : "%.1f", rate);
    return new BarTable.Row(
        plan.name(),
        List.of(new BarTable.Part(words + " tokens/s/GPU", rate, 0)),
        error.orElse(0),
        OptionalDouble.empty(),
        List.of(
            words,
            error.isPresent()
                ? String.format(Locale.ROOT, "%.0f", 100 * error.getAsDouble())
                : "-"),
        false);
  }
}
