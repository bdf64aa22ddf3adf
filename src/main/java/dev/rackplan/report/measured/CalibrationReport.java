package dev.rackplan.report.measured;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What fitting laws to tables of kernels gave.
 *
 * @param laws that were fitted
 * @param rows of all tables
 * @param skipped rows that no law was fitted to, by why
 * @param refused cells that got no law
 */
public record CalibrationReport(
    LawSet laws, long rows, Map<String, Long> skipped, List<Refused> refused) {
  /** A cell without a law. */
  public record Refused(String gpu, CellKey key, int rows, String why) {}

  public CalibrationReport {
    skipped = Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
    refused = List.copyOf(refused);
  }

  /** For a terminal, in 80 columns; lines end with a line feed. */
  public String text() {
    return new CalibrationText(this).text();
  }

  Map<OpKind, List<Cell>> byOp() {
    Map<OpKind, List<Cell>> byOp = new TreeMap<>();
    for (GpuLaws gpu : laws.gpus()) {
      gpu.cells()
          .forEach(
              cell -> byOp.computeIfAbsent(cell.key().op(), op -> new ArrayList<>()).add(cell));
    }
    return byOp;
  }

  /** Medians over cells. */
  record Errors(long rows, FitError error, Optional<Double> shapesLeftOut) {
    static Errors of(List<Cell> cells) {
      List<Double> leftOut =
          cells.stream()
              .flatMap(cell -> cell.shapesLeftOut().stream())
              .map(FitError::median)
              .toList();
      return new Errors(
          cells.stream().mapToLong(Cell::rows).sum(),
          new FitError(
              median(cells.stream().map(cell -> cell.error().median()).toList()),
              median(cells.stream().map(cell -> cell.error().p90()).toList())),
          leftOut.isEmpty() ? Optional.empty() : Optional.of(median(leftOut)));
    }
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** The same as plain values for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    List<Object> cells = new ArrayList<>();
    for (GpuLaws gpu : laws.gpus()) {
      for (Cell cell : gpu.cells()) {
        Map<String, Object> one = key(gpu.gpu(), cell.key());
        one.put("rows", cell.rows());
        one.put("fittedRows", cell.fittedRows());
        one.put("medianError", cell.error().median());
        one.put("p90Error", cell.error().p90());
        cell.shapesLeftOut()
            .ifPresent(
                error -> {
                  one.put("leftOutMedianError", error.median());
                  one.put("leftOutP90Error", error.p90());
                });
        cells.add(one);
      }
    }
    tree.put("cells", cells);
    Map<String, Object> medians = new LinkedHashMap<>();
    byOp()
        .forEach(
            (op, list) -> {
              Errors errors = Errors.of(list);
              Map<String, Object> one = new LinkedHashMap<>();
              one.put("cells", list.size());
              one.put("rows", errors.rows());
              one.put("medianError", errors.error().median());
              one.put("p90Error", errors.error().p90());
              errors.shapesLeftOut().ifPresent(error -> one.put("leftOutMedianError", error));
              medians.put(op.key(), one);
            });
    tree.put("medians", medians);
    tree.put("rows", rows);
    tree.put("skipped", skipped);
    tree.put(
        "refused",
        refused.stream()
            .map(
                cell -> {
                  Map<String, Object> one = key(cell.gpu(), cell.key());
                  one.put("rows", cell.rows());
                  one.put("why", cell.why());
                  return one;
                })
            .toList());
    return tree;
  }

  static Map<String, Object> key(String gpu, CellKey key) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("gpu", gpu);
    tree.put("op", key.op().key());
    tree.put("engine", key.engine());
    tree.put("version", key.version());
    tree.put("format", key.format().key());
    tree.put("cache", key.cache().key());
    tree.put("kernel", key.kernel());
    if (!key.variant().isEmpty()) {
      tree.put("variant", new LinkedHashMap<>(key.variant()));
    }
    return tree;
  }
}
