package dev.rackplan.report.measured;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.OpKind;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Fitted laws for a terminal, in 80 columns. */
final class CalibrationText {
  private static final int WIDTH = 80;
  private static final int ENGINE_WIDTH = 19;
  private static final int FORMAT_WIDTH = 13;
  private static final int[] FIGURE_WIDTHS = {8, 8, 8, 12};

  private final CalibrationReport report;

  CalibrationText(CalibrationReport report) {
    this.report = report;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (GpuLaws gpu : report.laws().gpus()) {
      cells(gpu, text);
    }
    text.append("Medians over cells, of rows that laws were not fitted to:\n");
    text.append(medians());
    text.append('\n').append(skipped(report.rows(), report.skipped()));
    refused(text);
    return text.toString();
  }

  private static void cells(GpuLaws gpu, StringBuilder text) {
    Map<OpKind, List<Cell>> byOp = new TreeMap<>();
    gpu.cells()
        .forEach(cell -> byOp.computeIfAbsent(cell.key().op(), op -> new ArrayList<>()).add(cell));
    byOp.forEach(
        (op, cells) -> {
          boolean leftOut = cells.stream().anyMatch(cell -> cell.shapesLeftOut().isPresent());
          SortedSet<String> variant = new TreeSet<>();
          cells.forEach(cell -> variant.addAll(cell.key().variant().keySet()));
          String by = variant.isEmpty() ? "" : " by " + String.join(", ", variant);
          text.append(shortened(gpu.gpu() + ": " + op.key() + by, WIDTH)).append('\n');
          List<String> heads = new ArrayList<>(List.of("rows", "median", "p90"));
          if (leftOut) {
            heads.add("shapes out");
          }
          text.append(line(List.of("engine version", "format", "kernel"), heads));
          for (Cell cell : cells) {
            List<String> figures =
                new ArrayList<>(
                    List.of(
                        Integer.toString(cell.rows()),
                        Figures.percent(cell.error().median()),
                        Figures.percent(cell.error().p90())));
            if (leftOut) {
              figures.add(
                  cell.shapesLeftOut()
                      .map(error -> Figures.percent(error.median()))
                      .orElse(Figures.NONE));
            }
            text.append(line(names(cell.key(), variant), figures));
          }
          text.append('\n');
        });
  }

  private static List<String> names(CellKey key, Set<String> variant) {
    String cache = key.cache() == key.format() ? "" : "/" + key.cache().key();
    return List.of(
        (key.engine() + " " + key.version()).strip(),
        key.format().key() + cache,
        kernel(key, variant));
  }

  // Numbers of the variant, which say the most, come first.
  private static String kernel(CellKey key, Set<String> variant) {
    StringBuilder text = new StringBuilder();
    for (String name : variant) {
      Double value = key.variant().get(name);
      text.append(value == null ? Figures.NONE : Figures.shortest(value)).append(' ');
    }
    return (text + key.kernel()).strip();
  }

  private static String line(List<String> names, List<String> figures) {
    StringBuilder right = new StringBuilder();
    for (int i = 0; i < figures.size(); i++) {
      right.append(String.format(Locale.ROOT, "%" + FIGURE_WIDTHS[i] + "s", figures.get(i)));
    }
    int kernelWidth = WIDTH - ENGINE_WIDTH - FORMAT_WIDTH - 4 - right.length();
    String left =
        cell(names.get(0), ENGINE_WIDTH)
            + "  "
            + cell(names.get(1), FORMAT_WIDTH)
            + "  "
            + cell(names.get(2), kernelWidth);
    return (left + right).stripTrailing() + "\n";
  }

  private static String cell(String text, int width) {
    return String.format(Locale.ROOT, "%-" + width + "s", shortened(text, width));
  }

  static String shortened(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + "…";
  }

  private String medians() {
    TextTable table = new TextTable(List.of("op", "cells", "rows", "median", "p90", "shapes out"));
    for (Map.Entry<OpKind, List<Cell>> op : report.byOp().entrySet()) {
      CalibrationReport.Errors errors = CalibrationReport.Errors.of(op.getValue());
      table.add(
          List.of(
              op.getKey().key(),
              Integer.toString(op.getValue().size()),
              Long.toString(errors.rows()),
              Figures.percent(errors.error().median()),
              Figures.percent(errors.error().p90()),
              errors.shapesLeftOut().map(Figures::percent).orElse(Figures.NONE)));
    }
    return table.text();
  }

  /** How many rows were left out, by why. */
  static String skipped(long rows, Map<String, Long> skipped) {
    long all = skipped.values().stream().mapToLong(Long::longValue).sum();
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%,d rows read, %,d of them skipped:%n", rows, all));
    skipped.forEach(
        (why, count) ->
            text.append(wrapped(String.format(Locale.ROOT, "%,11d  %s", count, why), 13)));
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private static String wrapped(String line, int indent) {
    StringBuilder text = new StringBuilder();
    String rest = line;
    while (rest.length() > WIDTH) {
      int cut = rest.lastIndexOf(' ', WIDTH);
      cut = cut <= indent ? WIDTH : cut;
      text.append(rest, 0, cut).append('\n');
      rest = " ".repeat(indent) + rest.substring(cut).strip();
    }
    return text.append(rest).append('\n').toString();
  }

  private void refused(StringBuilder text) {
    if (report.refused().isEmpty()) {
      return;
    }
    text.append("\nRefused, ")
        .append(Figures.count(report.refused().size(), "cell"))
        .append(" without a law:\n");
    for (CalibrationReport.Refused cell : report.refused()) {
      List<String> names = names(cell.key(), cell.key().variant().keySet());
      text.append(
          wrapped(
              cell.gpu()
                  + ": "
                  + cell.key().op().key()
                  + ", "
                  + String.join(", ", names)
                  + ", "
                  + Figures.count(cell.rows(), "row")
                  + ": "
                  + cell.why(),
              2));
    }
  }
}
