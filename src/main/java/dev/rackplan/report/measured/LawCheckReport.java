package dev.rackplan.report.measured;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.OpKind;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Laws against rows of tables that they were not fitted to.
 *
 * @param cells one by one
 * @param ops all rows of an operation together
 * @param rows of all tables
 * @param predicted rows that a law was asked for, those that it was fitted to among them
 * @param skipped the others, by why
 */
public record LawCheckReport(
    List<CheckedCell> cells,
    Map<OpKind, CheckedOp> ops,
    long rows,
    long predicted,
    Map<String, Long> skipped) {
  /** Rows of one cell. */
  public record CheckedCell(String gpu, CellKey key, long rows, FitError error) {}

  /** Rows of one operation, whatever their cells. */
  public record CheckedOp(long rows, FitError error) {}

  public LawCheckReport {
    cells = List.copyOf(cells);
    ops = Collections.unmodifiableMap(new LinkedHashMap<>(ops));
    skipped = Collections.unmodifiableMap(new LinkedHashMap<>(skipped));
  }

  /** For a terminal, in 80 columns; lines end with a line feed. */
  public String text() {
    TextTable table =
        new TextTable(List.of("op", "cells", "rows", "median", "p90", "of cells", "p90"));
    ops.forEach(
        (op, checked) ->
            table.add(
                List.of(
                    op.key(),
                    Integer.toString(of(op).size()),
                    Long.toString(checked.rows()),
                    Figures.percent(checked.error().median()),
                    Figures.percent(checked.error().p90()),
                    Figures.percent(overCells(op).median()),
                    Figures.percent(overCells(op).p90()))));
    return "Errors on rows that laws were not fitted to, of all rows and medians of cells:\n"
        + table.text()
        + String.format(Locale.ROOT, "\n%,d predictions.\n", predicted)
        + CalibrationText.skipped(rows, skipped);
  }

  private List<CheckedCell> of(OpKind op) {
    return cells.stream().filter(cell -> cell.key().op() == op).toList();
  }

  private FitError overCells(OpKind op) {
    return new FitError(
        CalibrationReport.median(of(op).stream().map(cell -> cell.error().median()).toList()),
        CalibrationReport.median(of(op).stream().map(cell -> cell.error().p90()).toList()));
  }

  /** The same as plain values for JSON. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    Map<String, Object> byOp = new LinkedHashMap<>();
    ops.forEach(
        (op, checked) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("cells", of(op).size());
          one.put("rows", checked.rows());
          one.put("medianError", checked.error().median());
          one.put("p90Error", checked.error().p90());
          one.put("cellMedianError", overCells(op).median());
          one.put("cellP90Error", overCells(op).p90());
          byOp.put(op.key(), one);
        });
    tree.put("ops", byOp);
    List<Object> each = new ArrayList<>();
    for (CheckedCell cell : cells) {
      Map<String, Object> one = CalibrationReport.key(cell.gpu(), cell.key());
      one.put("rows", cell.rows());
      one.put("medianError", cell.error().median());
      one.put("p90Error", cell.error().p90());
      each.add(one);
    }
    tree.put("cells", each);
    tree.put("rows", rows);
    tree.put("predictions", predicted);
    tree.put("skipped", skipped);
    return tree;
  }
}
