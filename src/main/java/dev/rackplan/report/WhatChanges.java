package dev.rackplan.report;

import dev.rackplan.evaluation.MemoryFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What would change a plan, from what is known without another search: limits, the next layout,
 * memory, and the plans that the search found for other limits.
 */
public final class WhatChanges {
  /** Heads of {@link #front}. */
  public static final List<String> HEADER =
      List.of("limit of at least [ms]", "± [%]", "tokens/s/GPU", "to the plan's", "layout");

  private WhatChanges() {}

  /** Sentences, the most telling first; at least one. */
  public static List<String> sentences(PlanReport report, SearchHistory history) {
    List<String> sentences = new ArrayList<>();
    history.nextLayout().ifPresent(words -> sentences.add("Another layout: " + words + "."));
    sentences.add(limit(report));
    memory(report, sentences);
    long beyond =
        history.tried().stream().filter(one -> one.outcome().startsWith("memory")).count();
    if (beyond > 0) {
      sentences.add(
          "More memory: "
              + Figures.count(beyond, "layout")
              + " of "
              + history.tried().size()
              + " did not fit; the table of layouts says what would make each fit.");
    }
    return sentences;
  }

  private static String limit(PlanReport report) {
    OptionalDouble limit =
        report.problem().limits().stepSeconds(report.problem().workload().phase());
    double seconds = report.evaluation().stepSeconds();
    String name = report.stepName();
    if (limit.isEmpty()) {
      return "A limit on "
          + name
          + ": none is set; the plan keeps any above "
          + millis(seconds)
          + ".";
    }
    OptionalDouble error = report.evaluation().confidence().plusMinus();
    double most = seconds * (1 + error.orElse(0));
    String kept =
        "The limit on "
            + name
            + ": below "
            + millis(seconds)
            + " instead of "
            + millis(limit.getAsDouble())
            + " this plan breaks it";
    if (error.isEmpty()) {
      return kept + ".";
    }
    return kept
        + (most <= limit.getAsDouble()
            ? "; with the whole ± it takes " + millis(most) + " and still keeps it."
            : "; with the whole ± it takes " + millis(most) + " and breaks it now.");
  }

  private static String millis(double seconds) {
    return Figures.millis(seconds) + " ms";
  }

  private static void memory(PlanReport report, List<String> sentences) {
    MemoryFigures memory = report.evaluation().memory();
    if (report.evaluation().training().isPresent()) {
      sentences.add(
          "Memory: "
              + Figures.gigabytes(memory.limitBytes() - memory.peakBytes())
              + " GB are left on the fullest GPU.");
    } else {
      sentences.add(
          "More load: the fullest GPU has room for "
              + Figures.grouped(memory.kvHeadroomSequences())
              + " more sequences, or "
              + Figures.grouped(memory.kvHeadroomTokens())
              + " more tokens of KV cache.");
    }
  }

  /** The plans that the search found best for other limits on the step, under {@link #HEADER}. */
  public static List<List<String>> front(PlanReport report, SearchHistory history) {
    double rate = report.evaluation().tokensPerSecondPerGpu();
    return history.front().stream()
        .filter(SearchHistory.Tried::hasFigures)
        .map(
            point ->
                List.of(
                    Figures.fixed(point.millis(), 3),
                    ConfidenceText.cell(point.plusMinus()),
                    Figures.rate(point.rate().getAsDouble()),
                    Figures.fixed(point.rate().getAsDouble() / rate, 3),
                    point.layout()))
        .toList();
  }
}
