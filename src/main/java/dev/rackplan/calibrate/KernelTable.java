package dev.rackplan.calibrate;

import dev.rackplan.json.InputException;
import dev.rackplan.json.PackedText;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * One table of measured kernels, column by column; immutable.
 *
 * <p>Columns have AIConfigurator's names: {@code latency} in ms, {@code message_size} in elements,
 * {@code framework} and {@code version} for the engine. Rows count from 0 here and from 1 in
 * messages.
 */
public final class KernelTable {
  private final Path file;
  private final String name;
  private final GpuIdentity gpu;
  private final Map<String, TableColumn> columns;
  private final IntUnaryOperator places;
  private final int rows;

  /**
   * @param columns of equal length, by name
   */
  KernelTable(Path file, String name, GpuIdentity gpu, Map<String, TableColumn> columns) {
    this(
        file,
        name,
        gpu,
        Collections.unmodifiableMap(new LinkedHashMap<>(columns)),
        IntUnaryOperator.identity(),
        columns.values().stream().mapToInt(TableColumn::rows).findFirst().orElse(0));
    columns.forEach(
        (column, values) -> {
          if (values.rows() != rows) {
            throw new IllegalArgumentException(
                "column " + column + " has " + values.rows() + " rows, not " + rows);
          }
        });
  }

  private KernelTable(
      Path file,
      String name,
      GpuIdentity gpu,
      Map<String, TableColumn> columns,
      IntUnaryOperator places,
      int rows) {
    this.file = file;
    this.name = name;
    this.gpu = gpu;
    this.columns = columns;
    this.places = places;
    this.rows = rows;
  }

  /** The rows at {@code kept}, which are of another GPU than the rest. */
  KernelTable part(int[] kept, GpuIdentity ofThese) {
    int[] index = Arrays.stream(kept).map(places).toArray();
    return new KernelTable(file, name, ofThese, columns, row -> index[row], index.length);
  }

  /** The file that it was read from. */
  public Path file() {
    return file;
  }

  /**
   * What was measured: the file's name without its ending and without {@code _perf}, such as {@code
   * gemm}, {@code generation_attention} or {@code wideep_deepep_ll}.
   */
  public String name() {
    return name;
  }

  /**
   * The GPU's name: the catalogue's where it is there, else the folder's with hyphens. Rows of one
   * of several GPUs have all names, such as {@code mi300x-or-mi325x}.
   */
  public String gpu() {
    return gpu.name();
  }

  /** The GPUs that a row may be of: {@link #gpu()} alone, or each of its parts. */
  public List<String> gpus() {
    return gpu.names();
  }

  /**
   * Datasheet rates of the first of {@link #gpus()}: the catalogue's, else those of
   * AIConfigurator's {@code <gpu>.yaml} beside the GPU's folder; empty where there is neither.
   */
  public Optional<DatasheetRates> rates() {
    return gpu.rates();
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** The columns' names, in the file's order. */
  public Set<String> columns() {
    return columns.keySet();
  }

  /** Whether there is such a column. */
  public boolean has(String column) {
    return columns.containsKey(column);
  }

  /**
   * The number in a cell; NaN where it is empty.
   *
   * @throws InputException where there is no such column, or text in the cell
   */
  public double number(String column, int row) {
    TableColumn values = column(column);
    OptionalDouble number = values.number(place(row));
    if (number.isEmpty()) {
      throw wrong(column, row, "must be a number", "Write a number, or leave the cell empty.");
    }
    return number.getAsDouble();
  }

  /**
   * The text in a cell; empty where the cell is. A whole number is shown without a point.
   *
   * @throws InputException where there is no such column
   */
  public String text(String column, int row) {
    return column(column).text(place(row));
  }

  /**
   * Whether a cell says true: true or 1, in any case; false, 0 and an empty cell are not.
   *
   * @throws InputException where there is no such column, or something else in the cell
   */
  public boolean flag(String column, int row) {
    String text = text(column, row);
    if (text.equals("1") || text.equalsIgnoreCase("true")) {
      return true;
    }
    if (text.isBlank() || text.equals("0") || text.equalsIgnoreCase("false")) {
      return false;
    }
    throw wrong(column, row, "must be true or false", "Write true, false, 1 or 0.");
  }

  /**
   * An error of a cell, for what only the reader of a table can know to be wrong.
   *
   * @param problem such as {@code must be > 0}; the value is added
   */
  public InputException wrong(String column, int row, String problem, String remedy) {
    return new InputException(
        file.toString(),
        "row " + (place(row) + 1) + ", column \"" + column + "\"",
        problem + ", was \"" + PackedText.shorten(text(column, row)) + "\"",
        remedy);
  }

  private int place(int row) {
    return places.applyAsInt(Objects.checkIndex(row, rows));
  }

  private TableColumn column(String column) {
    TableColumn values = columns.get(column);
    if (values == null) {
      throw new InputException(
          file.toString(),
          "",
          "has no column \"" + column + "\"",
          "Columns: " + String.join(", ", columns.keySet()) + ".");
    }
    return values;
  }
}
