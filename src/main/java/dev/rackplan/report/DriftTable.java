package dev.rackplan.report;

import dev.rackplan.benchmark.DriftCase;
import dev.rackplan.benchmark.DriftRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ways to go from window to window side by side, as plain text or as a Markdown table. */
public final class DriftTable {
  private static final String SEEDS = "of seeds";
  private static final List<String> HEADER =
      List.of(
          "placer",
          "next windows: balance",
          "worst window",
          "remote domains",
          "layer [us]",
          SEEDS,
          "against never moving",
          "moved [GB]",
          "moving [s]",
          "moves");

  private DriftTable() {}

  /** One case as aligned text under its name. */
  public static String text(DriftCase drift) {
    TextTable table = new TextTable(shown(drift, HEADER));
    rows(drift).forEach(table::add);
    return title(drift) + "\n" + table.text();
  }

  /** One case as Markdown under its name. */
  public static String markdown(DriftCase drift) {
    return MarkdownTable.text(title(drift), shown(drift, HEADER), rows(drift));
  }

  private static String title(DriftCase drift) {
    return drift.problem()
        + ", "
        + drift.windows()
        + " windows"
        + (drift.seeds() == 1 ? "" : ", mean of " + drift.seeds() + " seeds");
  }

  // One seed has no lowest and highest.
  private static List<String> shown(DriftCase drift, List<String> row) {
    if (drift.seeds() > 1) {
      return row;
    }
    List<String> without = new ArrayList<>(row);
    without.remove(HEADER.indexOf(SEEDS));
    return without;
  }

  private static List<List<String>> rows(DriftCase drift) {
    double never = drift.rows().get(0).layerSeconds();
    List<List<String>> rows = new ArrayList<>();
    for (DriftRow row : drift.rows()) {
      rows.add(
          shown(
              drift,
              List.of(
                  row.placer(),
                  number("%.3f", row.balance()),
                  number("%.3f", row.worstBalance()),
                  number("%.3f", row.remoteDomains()),
                  number("%.1f", row.layerSeconds() * 1e6),
                  number("%.1f", row.lowestLayerSeconds() * 1e6)
                      + " to "
                      + number("%.1f", row.highestLayerSeconds() * 1e6),
                  number("%.3f", row.layerSeconds() / never),
                  number("%.1f", row.movedBytes() / 1e9),
                  number("%.2f", row.moveSeconds()),
                  Figures.shortest(Math.rint(row.moves() * 10) / 10))));
    }
    return rows;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
