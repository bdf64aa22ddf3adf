package dev.rackplan.json.rows;

import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.RowFlag;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.PackedText;
import dev.rackplan.json.Spelling;
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
 * with the same keys; of training a JSON list; of both a list with layouts in words ({@link
 * WordedRow}). Columns and keys: docs/formats.md.
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
   * The serving rows in the file's order; one that stood there before, under another id, is
   * flagged.
   *
   * @param shown the file's path for messages
   */
  public static List<MeasuredRow> read(Path file, String shown) {
    MeasuredRowsFile rows = new MeasuredRowsFile(new FileReference(file, shown));
    boolean others = false;
    if (isJson(shown)) {
      others = rows.readObjects(objects(JsonCursor.read(file, shown)));
    } else {
      PackedText.read(rows.source, FORMS, rows::readLines);
    }
    if (rows.rows.isEmpty() && !others) {
      throw rows.error("", "has no rows", FORMS);
    }
    return List.copyOf(rows.rows);
  }

  /**
   * The training rows of a file in its order; none where it has none. JSON objects are such rows
   * where they have {@code measured}, or {@code kind} {@code training}.
   */
  public static List<TrainingRow> readTraining(Path file, String shown) {
    if (!isJson(shown)) {
      return List.of();
    }
    TrainingRowReader reader = new TrainingRowReader();
    List<TrainingRow> rows = new ArrayList<>();
    for (JsonCursor object : objects(JsonCursor.read(file, shown))) {
      if (TrainingRowReader.isTraining(object)) {
        rows.add(reader.read(object));
      } else if (WordedRow.is(object) && new WordedRow(object).isTraining()) {
        rows.add(reader.read(new WordedRow(object).training()));
      }
    }
    return List.copyOf(rows);
  }

  // A list, or an object that has one beside words on it.
  private static List<JsonCursor> objects(JsonCursor root) {
    return root.isObject() && root.has("rows") ? root.get("rows").list() : root.list();
  }

  private static boolean isJson(String shown) {
    return shown.toLowerCase(Locale.ROOT).endsWith(".json");
  }

  // Whether there are rows of training among them, too.
  private boolean readObjects(List<JsonCursor> objects) {
    boolean others = false;
    for (JsonCursor object : objects) {
      if (TrainingRowReader.isTraining(object)) {
        others = true;
        continue;
      }
      if (WordedRow.is(object)) {
        WordedRow row = new WordedRow(object);
        others |= row.isTraining();
        if (!row.isTraining()) {
          add(new RowCells(source.shown(), object.path(), row.serving()));
        }
        continue;
      }
      Map<String, String> cells = new HashMap<>();
      for (String key : object.keys()) {
        checkColumn(key, object.path());
        object.findNullable(key).ifPresent(value -> cells.put(key, cell(value)));
      }
      add(new RowCells(source.shown(), object.path(), cells));
    }
    return others;
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
