package dev.rackplan.report;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.benchmark.FrontPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The trade between balance and traffic over bandwidths, as plain text or as a Markdown table. */
public final class FrontTable {
  private static final List<String> HEADER =
      Stream.of(
              List.of("placer", "scale-out [GB/s]", "scale-up : scale-out"),
              List.of("layer [us]", "balance", "remote domains"),
              List.of("unseen: layer [us]", "balance", "remote domains"),
              List.of("against the best usual"))
          .flatMap(List::stream)
          .toList();

  /** Stands where a placement is the same at every bandwidth. */
  private static final String EVERY = "every";

  private FrontTable() {}

  /** One case as aligned text under its name. */
  public static String text(BandwidthFront front) {
    TextTable table = new TextTable(HEADER);
    rows(front).forEach(table::add);
    return front.problem() + "\n" + table.text();
  }

  /** One case as Markdown under its name. */
  public static String markdown(BandwidthFront front) {
    return MarkdownTable.text(front.problem(), HEADER, rows(front));
  }

  private static List<List<String>> rows(BandwidthFront front) {
    List<List<String>> rows = new ArrayList<>();
    for (BenchmarkRow usual : front.usual()) {
      rows.add(
          row(usual, List.of(EVERY, EVERY), List.of(Figures.NONE, Figures.NONE, Figures.NONE)));
    }
    for (FrontPoint point : front.points()) {
      BenchmarkRow search = point.search();
      rows.add(
          row(
              search,
              List.of(
                  Figures.shortest(point.nicBytesPerSecond() / 1e9),
                  Figures.ratio(front.scaleUpToScaleOut(point))),
              List.of(
                  Figures.fixed(search.plannedLayerSeconds() * 1e6, 1),
                  Figures.fixed(Figures.micros(search.heldOutLayerSeconds()), 1),
                  Figures.fixed(search.layerSeconds() / point.bestUsualLayerSeconds(), 3))));
    }
    return rows;
  }

  /**
   * @param network bandwidth and ratio
   * @param times layer time planned and unseen, and the last one against the best usual placement's
   */
  private static List<String> row(BenchmarkRow row, List<String> network, List<String> times) {
    return List.of(
        row.placer(),
        network.get(0),
        network.get(1),
        times.get(0),
        Figures.fixed(row.planned().balancedness(), 3),
        Figures.fixed(row.planned().remoteDomainsPerToken(), 3),
        times.get(1),
        row.heldOut().map(unseen -> Figures.fixed(unseen.balancedness(), 3)).orElse(Figures.NONE),
        row.heldOut()
            .map(unseen -> Figures.fixed(unseen.remoteDomainsPerToken(), 3))
            .orElse(Figures.NONE),
        times.get(2));
  }
}
