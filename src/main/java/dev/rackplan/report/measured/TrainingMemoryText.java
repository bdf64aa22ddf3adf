package dev.rackplan.report.measured;

import dev.rackplan.accuracy.MemoryChances;
import dev.rackplan.accuracy.MemoryVerdicts;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.List;

/** Which measured runs are said to run out of memory, as text. */
final class TrainingMemoryText {
  private static final int WIDTH = 40;
  private static final int START = 12;

  private TrainingMemoryText() {}

  /** A table by source, or nothing where no run ran out. */
  static String of(List<MemoryVerdicts> verdicts) {
    if (verdicts.isEmpty()) {
      return "";
    }
    TextTable table =
        new TextTable(
            List.of(
                "out of memory by source", "ran out", "said so", "ran", "said not to", "right"));
    verdicts.forEach(verdict -> add(table, verdict));
    if (verdicts.size() > 1) {
      add(table, MemoryVerdicts.together("all of them", verdicts));
    }
    return "\n" + table.text();
  }

  /** How many runs that are said to run out with some chance did, or nothing. */
  static String chances(List<MemoryChances> chances) {
    if (chances.isEmpty()) {
      return "";
    }
    TextTable table =
        new TextTable(List.of("said chance to run out", "runs", "mean", "ran out", "share"));
    for (MemoryChances step : chances) {
      table.add(
          List.of(
              Figures.fixed(100 * step.least(), 0)
                  + " to "
                  + Figures.fixed(100 * step.most(), 0)
                  + "%",
              String.valueOf(step.runs()),
              Figures.fixed(100 * step.said(), 0) + "%",
              String.valueOf(step.ranOut()),
              Figures.fixed(100.0 * step.ranOut() / step.runs(), 0) + "%"));
    }
    return "\n" + table.text();
  }

  private static void add(TextTable table, MemoryVerdicts verdict) {
    table.add(
        List.of(
            source(verdict.source(), WIDTH),
            String.valueOf(verdict.ranOut()),
            String.valueOf(verdict.found()),
            String.valueOf(verdict.ran()),
            String.valueOf(verdict.falseAlarms()),
            Figures.fixed(100 * verdict.right(), 1) + "%"));
  }

  /** A source without what stands in brackets behind it; long ones by where they begin and end. */
  static String source(String words, int width) {
    String name = words.replaceAll("\\s*\\([^()]*\\)$", "");
    return name.length() <= width
        ? name
        : name.substring(0, START) + "…" + name.substring(name.length() - (width - START - 1));
  }
}
