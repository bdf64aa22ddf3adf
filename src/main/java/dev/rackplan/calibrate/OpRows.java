package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rows of tables, kept by GPU and cell; and how many were left out, and why. */
final class OpRows {
  private final double fittedShare;
  private final OpTables readers = new OpTables();
  private final Map<String, GpuRows> gpus = new LinkedHashMap<>();
  private final Map<RowSkip, Long> skipped = new EnumMap<>(RowSkip.class);
  private long rows;

  /** The cells of one GPU. */
  record GpuRows(String gpu, Optional<DatasheetRates> rates, Map<CellKey, CellRows> cells) {}

  OpRows(double fittedShare) {
    this.fittedShare = fittedShare;
  }

  void add(KernelTable table) {
    rows += table.rows();
    Optional<OpTable> found = readers.reader(table);
    if (found.isEmpty()) {
      skip(OpTables.unread(table), table.rows());
      return;
    }
    OpTable reader = found.get();
    GpuRows gpu =
        gpus.computeIfAbsent(
            table.gpu(), name -> new GpuRows(name, table.rates(), new LinkedHashMap<>()));
    for (int i = 0; i < table.rows(); i++) {
      TableRow row = new TableRow(table, i);
      try {
        List<MeasuredRow> measured = reader.read(row);
        double hash = KeyHash.of(row, reader.keyColumns());
        for (MeasuredRow one : measured) {
          gpu.cells()
              .computeIfAbsent(one.key(), key -> new CellRows(key, fittedShare))
              .add(hash, one);
        }
      } catch (SkippedRowException e) {
        skip(e.rule(), 1);
      }
    }
  }

  private void skip(RowSkip rule, long count) {
    skipped.merge(rule, count, Long::sum);
  }

  /**
   * Drops cells of a GPU that hold, row by row, what another GPU's hold; of two the one that came
   * first stays.
   */
  void dropCopies() {
    Map<List<Object>, String> first = new HashMap<>();
    for (GpuRows gpu : gpus.values()) {
      gpu.cells()
          .values()
          .removeIf(
              cell -> {
                List<Object> content = List.of(cell.key(), cell.rows(), cell.fingerprint());
                boolean copy = !first.computeIfAbsent(content, key -> gpu.gpu()).equals(gpu.gpu());
                if (copy) {
                  skip(RowSkip.COPIED_TABLE, cell.rows());
                }
                return copy;
              });
    }
  }

  /** By GPU, in the order in which their tables came. */
  List<GpuRows> gpus() {
    return List.copyOf(gpus.values());
  }

  Map<RowSkip, Long> skipped() {
    return new EnumMap<>(skipped);
  }

  /** All rows that were read. */
  long rows() {
    return rows;
  }
}
