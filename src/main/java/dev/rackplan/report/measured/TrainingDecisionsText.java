package dev.rackplan.report.measured;

import dev.rackplan.accuracy.TrainingDecisions;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.List;

/** Choosing among measured training layouts, as text. */
final class TrainingDecisionsText {
  private static final int LEAST_PAIRS = 20;
  private static final int WIDTH = 60;

  private TrainingDecisionsText() {}

  /** A table, or nothing where there is nothing to choose. */
  static String of(TrainingDecisions made) {
    if (made.pairs().isEmpty()) {
      return "";
    }
    TextTable table = new TextTable(List.of("pairs of layouts 5% apart", "pairs", "right order"));
    for (TrainingDecisions.Share share : made.shares(LEAST_PAIRS)) {
      table.add(
          List.of(
              TrainingMemoryText.source(share.name(), WIDTH),
              String.valueOf(share.pairs()),
              Figures.fixed(100 * share.share(), 1) + "%"));
    }
    return "\n"
        + table.text()
        + "Preferring by the model costs "
        + Figures.fixed(100 * made.regret().orElse(0), 1)
        + "% of the best layout's step in the mean of "
        + Figures.count(made.sets().size(), "set")
        + ".\n";
  }
}
