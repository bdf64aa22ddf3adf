package dev.rackplan.report;

import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.problem.Degree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The layouts that the search looked at: a row of figures, and below it the degrees and the
 * outcome; where they are many, the first ones and how many more there are by the reason they lost.
 */
public final class LayoutTable {
  private static final int MOST_ROWS = 12;
  private static final int FIRST_ROWS = 10;

  private LayoutTable() {}

  /** {@code stepName} is TPOT or TTFT. */
  public static String of(List<LayoutTrial> layouts, String stepName) {
    int shown = layouts.size() <= MOST_ROWS ? layouts.size() : FIRST_ROWS;
    TextTable table =
        new TextTable(List.of("layouts tried", stepName + " [ms]", "± [%]", "tokens/s/GPU"));
    for (LayoutTrial tried : layouts.subList(0, shown)) {
      table.add(
          List.of(
              String.valueOf(table.rows().size() + 1),
              millis(tried.stepSeconds()),
              ConfidenceText.cell(tried.plusMinus()),
              rate(tried.tokensPerSecondPerGpu())));
    }
    String[] lines = table.text().split("\n");
    StringBuilder text = new StringBuilder(lines[0]).append('\n');
    for (int i = 0; i < shown; i++) {
      LayoutTrial tried = layouts.get(i);
      text.append(lines[i + 1])
          .append('\n')
          .append(TextTable.indented(degrees(tried.layout()) + ": " + tried.outcome()));
    }
    return text.append(rest(layouts.subList(shown, layouts.size()))).toString();
  }

  /** The plans that are not beaten in both figures, the quickest first. */
  static String front(List<FrontPoint> front, String stepName) {
    TextTable table =
        new TextTable(
            List.of("best for its " + stepName, stepName + " [ms]", "± [%]", "tokens/s/GPU"));
    for (FrontPoint point : front) {
      table.add(
          List.of(
              String.valueOf(table.rows().size() + 1),
              millis(OptionalDouble.of(point.stepSeconds())),
              ConfidenceText.cell(point.plusMinus()),
              rate(OptionalDouble.of(point.tokensPerSecondPerGpu()))));
    }
    String[] lines = table.text().split("\n");
    StringBuilder text = new StringBuilder(lines[0]).append('\n');
    for (int i = 0; i < front.size(); i++) {
      text.append(lines[i + 1])
          .append('\n')
          .append(TextTable.indented(degrees(front.get(i).layout())));
    }
    return text.toString();
  }

  private static String rest(List<LayoutTrial> rest) {
    Map<LayoutTrial.Reason, Integer> counts = new TreeMap<>();
    rest.forEach(tried -> counts.merge(tried.reason(), 1, Integer::sum));
    List<String> parts = new ArrayList<>();
    counts.forEach((reason, count) -> parts.add(count + " " + words(reason)));
    return parts.isEmpty()
        ? ""
        : "and "
            + rest.size()
            + " more: "
            + String.join(", ", parts)
            + "; all of them with their figures: --json, or layoutsTried in the solution\n";
  }

  static String words(LayoutTrial.Reason reason) {
    return switch (reason) {
      case CHOSEN -> "chosen";
      case WORSE -> "worse";
      case BOUND -> "with a bound that can't win";
      case ESTIMATE -> "estimated worse";
      case MEMORY -> "beyond memory";
      case TIME -> "too slow";
      case OTHER -> "that can't be";
    };
  }

  private static String millis(OptionalDouble seconds) {
    return seconds.isPresent() ? Figures.millis(seconds.getAsDouble()) : Figures.NONE;
  }

  private static String rate(OptionalDouble rate) {
    return rate.isPresent() ? Figures.rate(rate.getAsDouble()) : Figures.NONE;
  }

  /** Degrees in words. */
  static String degrees(Layout layout) {
    return degrees(SolutionFile.layout(layout));
  }

  /** Degrees under the keys of solution files, in words. */
  public static String degrees(Map<?, ?> layout) {
    StringBuilder text = new StringBuilder();
    int ranks = Degree.attentionRanks(degree -> value(layout, degree).orElse(degree.neutral()));
    for (Degree degree : Degree.values()) {
      value(layout, degree).ifPresent(value -> text.append(degree.inTable(value)));
      if (degree == Degree.ATTENTION_TENSOR_PARALLEL && ranks > 1) {
        text.append(", DP ").append(ranks);
      }
    }
    return text.toString();
  }

  private static OptionalInt value(Map<?, ?> layout, Degree degree) {
    if (layout.get(degree.key()) instanceof Number value) {
      return OptionalInt.of(value.intValue());
    }
    return layout.get(degree.key()) instanceof String name
        ? OptionalInt.of(degree.names().indexOf(name))
        : OptionalInt.empty();
  }
}
