package dev.rackplan.calibrate;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.PackedText;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** CSV with a header, plain or gzip, as columns of texts. */
final class CsvFile {
  private static final int MOST_ROWS = 20_000_000;
  private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder().setTrim(true).get();
  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final String REMEDY = "Give CSV with a header and one row a measurement.";

  private final FileReference source;
  private final String lastSure;

  private CsvFile(FileReference source, String lastSure) {
    this.source = source;
    this.lastSure = lastSure;
  }

  /**
   * All columns by name.
   *
   * @param lastSure of a row that is shorter than the header, columns behind this one count as
   *     empty; where it is empty, a short row is an error
   * @throws InputException where it is no such CSV
   */
  static Map<String, TableColumn> read(FileReference source, String lastSure) {
    CsvFile csv = new CsvFile(source, lastSure);
    Map<String, TableColumn> columns = new LinkedHashMap<>();
    PackedText.read(source, REMEDY, reader -> columns.putAll(csv.columns(reader)));
    return columns;
  }

  /** The names in a header line. */
  static List<String> header(String line) {
    try (CSVParser parser = CSVParser.parse(line, FORMAT)) {
      List<CSVRecord> rows = parser.getRecords();
      return rows.isEmpty() ? List.of() : names(rows.get(0));
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of();
    }
  }

  private static List<String> names(CSVRecord header) {
    List<String> names = new ArrayList<>(header.toList());
    if (!names.isEmpty() && names.get(0).startsWith(BYTE_ORDER_MARK)) {
      names.set(0, names.get(0).substring(1));
    }
    return names;
  }

  private Map<String, TableColumn> columns(BufferedReader reader) throws IOException {
    try (CSVParser parser = CSVParser.parse(reader, FORMAT)) {
      List<String> names = null;
      List<TableColumn.TextsBuilder> builders = new ArrayList<>();
      long rows = 0;
      for (CSVRecord record : parser) {
        String line = "line " + parser.getCurrentLineNumber();
        if (names == null) {
          names = checked(names(record), line);
          names.forEach(name -> builders.add(new TableColumn.TextsBuilder()));
          continue;
        }
        if (++rows > MOST_ROWS) {
          throw error(line, "is beyond " + MOST_ROWS + " rows", "Give a part of it.");
        }
        add(record, names, builders, line);
      }
      if (names == null) {
        throw error("", "is empty", REMEDY);
      }
      Map<String, TableColumn> columns = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        columns.put(names.get(i), builders.get(i).build());
      }
      return columns;
    }
  }

  private List<String> checked(List<String> names, String line) {
    if (new HashSet<>(names).size() < names.size()) {
      throw error(line, "names a column twice", "Name each column once.");
    }
    return names;
  }

  private void add(
      CSVRecord record, List<String> names, List<TableColumn.TextsBuilder> builders, String line) {
    int sure = names.indexOf(lastSure) + 1;
    boolean isShort = record.size() < names.size();
    if (record.size() > names.size() || isShort && (sure == 0 || record.size() < sure)) {
      throw error(
          line,
          "has " + record.size() + " cells, the header " + names.size(),
          "Give every row as many cells as the header.");
    }
    for (int i = 0; i < names.size(); i++) {
      builders.get(i).add(isShort && i >= sure ? "" : record.get(i));
    }
  }

  private InputException error(String line, String problem, String remedy) {
    return new InputException(source.shown(), line, problem, remedy);
  }
}
