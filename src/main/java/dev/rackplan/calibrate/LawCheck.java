package dev.rackplan.calibrate;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.Law;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Setting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Laws against the rows of tables, row by row, in memory that does not grow with their number.
 *
 * <p>A row is judged by the law of its own cell: GPU, operation, engine, version, formats, kernel.
 */
public final class LawCheck {
  /** What a check found of one cell. */
  public record Checked(String gpu, CellKey key, ErrorHistogram notFitted) {}

  private static final String NO_CELL = "rows of kernels that the laws file has no law of";
  private static final String WARM =
      "expert rows whose weights lay in the cache, which no law is fitted to or judged by";

  private final LawSet laws;
  private final Consumer<Prediction> consumer;
  private final OpTables readers = new OpTables();
  private final Map<String, Map<CellKey, List<Judge>>> judges = new HashMap<>();
  private final Map<String, Long> skipped = new LinkedHashMap<>();
  private final Map<List<Object>, Checked> checked = new LinkedHashMap<>();
  private long rows;
  private long predicted;

  /** A cell's law with all that it needs. */
  private record Judge(Cell cell, Law<Op> law, Setting setting) {}

  /**
   * @param laws of a laws file
   * @param consumer gets each row that is used
   */
  public LawCheck(LawSet laws, Consumer<Prediction> consumer) {
    this.laws = laws;
    this.consumer = consumer;
    for (GpuLaws gpu : laws.gpus()) {
      Map<CellKey, List<Judge>> cells = judges.computeIfAbsent(gpu.gpu(), name -> new HashMap<>());
      for (Cell cell : gpu.cells()) {
        cells.computeIfAbsent(without(cell.key()), key -> new ArrayList<>()).add(judge(gpu, cell));
      }
    }
  }

  /** Whether rows are chosen for fits as this version does it. */
  public static boolean knows(String hash) {
    return hash.equals(KeyHash.NAME);
  }

  @SuppressWarnings("unchecked")
  private static Judge judge(GpuLaws gpu, Cell cell) {
    return new Judge(
        cell,
        (Law<Op>) cell.law(),
        Setting.of(gpu.rates(), cell.key().format(), cell.key().cache()));
  }

  // Fits add to a variant what they split by.
  private static CellKey without(CellKey key) {
    return new CellKey(
        key.op(),
        key.engine(),
        key.version(),
        key.format(),
        key.cache(),
        key.kernel(),
        new TreeMap<>());
  }

  /** Judges the rows of a table. */
  public void add(KernelTable table) {
    rows += table.rows();
    Optional<OpTable> reader = readers.reader(table);
    if (reader.isEmpty()) {
      skip(OpTables.unread(table).words(), table.rows());
      return;
    }
    String gpu =
        Stream.concat(Stream.of(table.gpu()), table.gpus().stream())
            .filter(judges::containsKey)
            .findFirst()
            .orElse(table.gpu());
    List<String> columns = reader.get().keyColumns().stream().filter(table::has).toList();
    for (int i = 0; i < table.rows(); i++) {
      TableRow row = new TableRow(table, i);
      try {
        List<MeasuredRow> measured = reader.get().read(row);
        boolean fitted = KeyHash.of(row, reader.get().keyColumns()) < laws.fittedShare();
        for (MeasuredRow one : measured) {
          add(gpu, row, columns, one, fitted);
        }
      } catch (SkippedRowException e) {
        skip(e.rule().words(), 1);
      }
    }
  }

  private void add(
      String gpu, TableRow row, List<String> columns, MeasuredRow measured, boolean fitted) {
    Optional<Judge> judge =
        nearest(
            judges.getOrDefault(gpu, Map.of()).getOrDefault(without(measured.key()), List.of()),
            measured);
    if (judge.isEmpty()) {
      skip(NO_CELL, 1);
      return;
    }
    if (!measured.cold()) {
      skip(WARM, 1);
      return;
    }
    CellKey key = judge.get().cell().key();
    Prediction prediction =
        new Prediction(
            gpu,
            key,
            columns.stream()
                .map(column -> column + "=" + row.text(column))
                .collect(Collectors.joining(";")),
            judge.get().law().seconds(measured.op(), judge.get().setting()),
            measured.seconds(),
            fitted);
    predicted++;
    consumer.accept(prediction);
    if (!fitted) {
      checked
          .computeIfAbsent(List.of(gpu, key), cell -> new Checked(gpu, key, new ErrorHistogram()))
          .notFitted()
          .add(prediction.error());
    }
  }

  /** The law of the row's variant; of what a fit was split by, the nearest. */
  private static Optional<Judge> nearest(List<Judge> cells, MeasuredRow row) {
    Judge best = null;
    double least = Double.POSITIVE_INFINITY;
    for (Judge cell : cells) {
      double distance = distance(cell.cell().key(), row);
      if (distance < least) {
        least = distance;
        best = cell;
      }
    }
    return Optional.ofNullable(best);
  }

  private static double distance(CellKey cell, MeasuredRow row) {
    Map<String, Double> own = row.key().variant();
    if (!cell.variant().entrySet().containsAll(own.entrySet())) {
      return Double.POSITIVE_INFINITY;
    }
    double distance = 0;
    for (Map.Entry<String, Double> split : cell.variant().entrySet()) {
      if (!own.containsKey(split.getKey())) {
        // A row of another kind has no head size: only a file written by hand says so.
        if (Split.of(cell.op()).isEmpty()) {
          return Double.POSITIVE_INFINITY;
        }
        distance += Split.distance(split.getValue(), Split.value(split.getKey(), row.op()));
      }
    }
    return distance;
  }

  private void skip(String why, long count) {
    skipped.merge(why, count, Long::sum);
  }

  /** All rows that were read. */
  public long rows() {
    return rows;
  }

  /** Predictions that were made; a row of a transfer gives one for each direction. */
  public long predicted() {
    return predicted;
  }

  /** How many were not predicted, by why. */
  public Map<String, Long> skipped() {
    return new LinkedHashMap<>(skipped);
  }

  /** What was found of each cell with rows that its law was not fitted to. */
  public List<Checked> checked() {
    return List.copyOf(checked.values());
  }

  /** Errors of all rows of an operation that laws were not fitted to. */
  public Map<OpKind, ErrorHistogram> errors() {
    Map<OpKind, ErrorHistogram> errors = new TreeMap<>();
    checked
        .values()
        .forEach(
            cell ->
                errors
                    .computeIfAbsent(cell.key().op(), op -> new ErrorHistogram())
                    .add(cell.notFitted()));
    return errors;
  }
}
