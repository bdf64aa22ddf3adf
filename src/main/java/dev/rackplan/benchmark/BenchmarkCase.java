package dev.rackplan.benchmark;

import java.util.List;

/**
 * All placers on one problem.
 *
 * @param problem its name
 * @param budget what each search had
 * @param rows one per placer: the usual placements, those of engines, then {@code plain-loop}, then
 *     {@code rackplan}; the searches' are the medians over seeds, by {@link
 *     BenchmarkRow#layerSeconds}
 */
public record BenchmarkCase(String problem, BenchmarkBudget budget, List<BenchmarkRow> rows) {
  public BenchmarkCase {
    rows = List.copyOf(rows);
  }

  /** The plain loop's row. */
  public BenchmarkRow plain() {
    return row(PlacementBenchmark.PLAIN);
  }

  /** The search's row. */
  public BenchmarkRow search() {
    return row(PlacementBenchmark.SEARCH);
  }

  /** The row of {@code placer}. */
  public BenchmarkRow row(String placer) {
    return rows.stream().filter(row -> row.placer().equals(placer)).findFirst().orElseThrow();
  }
}
