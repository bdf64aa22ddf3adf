package dev.rackplan.report;

import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.evaluation.PlacementFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Placers side by side, as plain text or as a Markdown table. */
public final class BenchmarkTable {
  private static final List<String> HEADER =
      List.of(
          "placer",
          "layer [us]",
          "balance",
          "worst layer",
          "remote domains",
          "unseen: layer [us]",
          "balance",
          "worst layer",
          "remote domains",
          "lowest and highest of the seeds [us]",
          "against the best usual",
          "score against plain-loop",
          "seconds",
          "moves/s");

  private BenchmarkTable() {}

  /** One case as aligned text under its name. */
  public static String text(BenchmarkCase benchmark) {
    TextTable table = new TextTable(HEADER);
    rows(benchmark).forEach(table::add);
    return title(benchmark) + "\n" + table.text();
  }

  /** One case as Markdown under its name. */
  public static String markdown(BenchmarkCase benchmark) {
    return MarkdownTable.text(title(benchmark), HEADER, rows(benchmark));
  }

  private static String title(BenchmarkCase benchmark) {
    double seconds = benchmark.budget().seconds();
    String shown =
        seconds == Math.rint(seconds) ? number("%.0f", seconds) : String.valueOf(seconds);
    return benchmark.problem()
        + ", "
        + shown
        + (benchmark.budget().countsCpuTime() ? " s of CPU time" : " s");
  }

  private static List<List<String>> rows(BenchmarkCase benchmark) {
    double bestUsual =
        benchmark.rows().stream()
            .filter(row -> row.movesPerSecond().isEmpty())
            .mapToDouble(BenchmarkRow::layerSeconds)
            .min()
            .orElseThrow();
    double plain = benchmark.plain().objectiveSeconds();
    List<List<String>> rows = new ArrayList<>();
    for (BenchmarkRow row : benchmark.rows()) {
      boolean search = row.movesPerSecond().isPresent();
      Optional<PlacementFigures> unseen = row.heldOut();
      rows.add(
          List.of(
              row.placer(),
              number("%.1f", row.plannedLayerSeconds() * 1e6),
              number("%.3f", row.planned().balancedness()),
              number("%.3f", row.planned().worstLayerBalancedness()),
              number("%.3f", row.planned().remoteDomainsPerToken()),
              row.heldOutLayerSeconds().isPresent()
                  ? number("%.1f", row.heldOutLayerSeconds().getAsDouble() * 1e6)
                  : Figures.NONE,
              of(unseen, PlacementFigures::balancedness),
              of(unseen, PlacementFigures::worstLayerBalancedness),
              of(unseen, PlacementFigures::remoteDomainsPerToken),
              search ? range(row) : Figures.NONE,
              number("%.3f", row.layerSeconds() / bestUsual),
              number("%.4f", row.objectiveSeconds() / plain),
              search ? number("%.1f", row.seconds()) : Figures.NONE,
              search ? number("%.0f", row.movesPerSecond().getAsDouble()) : Figures.NONE));
    }
    return rows;
  }

  private static String range(BenchmarkRow row) {
    return number("%.1f", row.leastSeconds() * 1e6)
        + ", "
        + number("%.1f", row.mostSeconds() * 1e6);
  }

  private static String of(
      Optional<PlacementFigures> figures, Function<PlacementFigures, Double> figure) {
    return figures.map(figure).map(value -> number("%.3f", value)).orElse(Figures.NONE);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
