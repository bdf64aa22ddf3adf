package dev.rackplan.json;

import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.RowFlag;
import dev.rackplan.accuracy.TrainingRow;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A user's own measurements: of serving CSV with a header, plain or gzip, or a JSON list of objects
 * with the same keys; of training a JSON list. Columns and keys: docs/formats.md.
 *
 * <p>The columns are those of AIConfigurator's lists of measured points, whose deployments they
 * describe completely.
 */
public final class MeasuredRowsFile {
  private static final int MAX_ROWS = 1_000_000;
  private static final int BYTE_ORDER_MARK = 0xFEFF;
  private static final String FORMS =
      "Give CSV with a header, or a JSON list of objects (docs/formats.md#measured-rows).";
  private static final List<String> NEEDED =
      List.of("id", "backend", "model_path", "system", "isl", "osl");
  private static final List<String> COLUMNS = columns();
  private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder().setTrim(true).get();

  // Which rows are one measurement: what neither names nor dates it.
  private static final Set<String> NAMES = Set.of("id", "source_note", "flag");

  private final FileReference source;
  private final ServingRowReader reader = new ServingRowReader();
  private final Set<Map<String, String>> known = new HashSet<>();
  private final List<MeasuredRow> rows = new ArrayList<>();

  private MeasuredRowsFile(FileReference source) {
    this.source = source;
  }

  private static List<String> columns() {
    List<String> columns = new ArrayList<>(NEEDED);
    columns.addAll(
        List.of(
            "backend_version",
            "precision",
            "mode",
            "gemm_quant_mode",
            "moe_quant_mode",
            "silicon_ttft_ms",
            "silicon_tpot_ms",
            "source_note",
            "gpus",
            "flag",
            "kv_cache_dtype",
            "memory_fraction",
            "max_step_tokens",
            "max_sequences",
            "poll_steps",
            "shortest_length"));
    for (String pool : List.of("", "prefill_", "decode_")) {
      for (String column :
          List.of(
              "batch_size",
              "tp_size",
              "pp_size",
              "attention_dp_size",
              "moe_tp_size",
              "moe_ep_size")) {
        columns.add(pool + column);
      }
    }
    columns.add("prefill_num_workers");
    columns.add("decode_num_workers");
    return List.copyOf(columns);
  }

  /**
   * The rows in the file's order; one that stood there before, under another id, is flagged.
   *
   * @param shown the file's path for messages
   */
  public static List<MeasuredRow> read(Path file, String shown) {
    MeasuredRowsFile rows = new MeasuredRowsFile(new FileReference(file, shown));
    if (isJson(shown)) {
      rows.readObjects(JsonCursor.read(file, shown));
    } else {
      PackedText.read(rows.source, FORMS, rows::readLines);
    }
    if (rows.rows.isEmpty()) {
      throw rows.error("", "has no rows", FORMS);
    }
    return List.copyOf(rows.rows);
  }

  /** Whether a file holds training rows: a JSON list whose first object has {@code measured}. */
  public static boolean isTraining(Path file, String shown) {
    if (!isJson(shown)) {
      return false;
    }
    List<JsonCursor> objects = JsonCursor.read(file, shown).list();
    return !objects.isEmpty() && TrainingRowReader.isTraining(objects.get(0));
  }

  /** Training rows in the file's order; keys: docs/formats.md. */
  public static List<TrainingRow> readTraining(Path file, String shown) {
    TrainingRowReader reader = new TrainingRowReader();
    return JsonCursor.read(file, shown).list().stream().map(reader::read).toList();
  }

  private static boolean isJson(String shown) {
    return shown.toLowerCase(Locale.ROOT).endsWith(".json");
  }

  private void readObjects(JsonCursor root) {
    for (JsonCursor object : root.list()) {
      Map<String, String> cells = new HashMap<>();
      for (String key : object.keys()) {
        checkColumn(key, object.path());
        object.findNullable(key).ifPresent(value -> cells.put(key, cell(value)));
      }
      add(new RowCells(source.shown(), object.path(), cells));
    }
  }

  private static String cell(JsonCursor value) {
    return value.isNumber() ? JsonText.plain(value.number()) : value.text();
  }

  private void readLines(BufferedReader lines) throws IOException {
    lines.mark(1);
    if (lines.read() != BYTE_ORDER_MARK) {
      lines.reset();
    }
    try (CSVParser parser = CSVParser.parse(lines, FORMAT)) {
      List<String> header = List.of();
      for (CSVRecord row : parser) {
        String line = "line " + parser.getCurrentLineNumber();
        if (header.isEmpty()) {
          header = header(row, line);
        } else {
          add(new RowCells(source.shown(), line, cells(header, row, line)));
        }
      }
    }
  }

  private List<String> header(CSVRecord row, String line) {
    List<String> header = row.toList();
    Set<String> seen = new HashSet<>();
    for (String column : header) {
      checkColumn(column, line);
      if (!seen.add(column)) {
        throw error(line, "column \"" + column + "\" is given twice", "Keep one of the two.");
      }
    }
    for (String column : NEEDED) {
      if (!seen.contains(column)) {
        throw error(line, "column \"" + column + "\" is missing", "Add it to the header.");
      }
    }
    return header;
  }

  private void checkColumn(String column, String where) {
    if (!COLUMNS.contains(column)) {
      throw error(
          where,
          "unknown column " + RowCells.quoted(column),
          Spelling.nearest(column, COLUMNS)
                  .map(near -> "Did you mean \"" + near + "\"? ")
                  .orElse("")
              + "Known: docs/formats.md#measured-rows.");
    }
  }

  private Map<String, String> cells(List<String> header, CSVRecord row, String line) {
    if (row.size() != header.size()) {
      throw error(
          line,
          "has " + row.size() + " columns, the header has " + header.size(),
          "Give every row as many cells as the header.");
    }
    Map<String, String> cells = new HashMap<>();
    for (int i = 0; i < header.size(); i++) {
      cells.put(header.get(i), row.get(i));
    }
    return cells;
  }

  private void add(RowCells row) {
    if (rows.size() == MAX_ROWS) {
      throw error("", "has more than " + MAX_ROWS + " rows", "Give a part of them.");
    }
    Map<String, String> measurement = new HashMap<>(row.cells());
    measurement.keySet().removeAll(NAMES);
    MeasuredRow read = reader.read(row);
    boolean again = (read.counts() || read.mayHaveDrafted()) && !known.add(measurement);
    rows.add(again ? read.with(RowFlag.DUPLICATE) : read);
  }

  private InputException error(String where, String problem, String remedy) {
    return new InputException(source.shown(), where, problem, remedy);
  }
}
