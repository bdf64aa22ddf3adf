package dev.rackplan.calibrate;

import dev.rackplan.json.InputDoor;
import dev.rackplan.json.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.VersionParser;
import org.apache.parquet.VersionParser.ParsedVersion;
import org.apache.parquet.VersionParser.VersionParseException;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;

/**
 * A Parquet file of plain columns: numbers, texts, true and false, each present or empty.
 *
 * <p>Nested and repeated columns are refused, also encrypted files. Bounded in memory: a file has
 * at most {@value #MOST_BYTES} bytes, {@value #MOST_ROWS} rows and {@value #MOST_VALUES} values.
 */
final class ParquetFile {
  static final String SUFFIX = ".parquet";

  private static final int MOST_BYTES = 1 << 29;
  private static final int MOST_ROWS = 20_000_000;
  private static final long MOST_VALUES = 400_000_000;
  private static final int MAGIC_BYTES = 4;
  // The magic word at the begin; the footer's length and the magic word at the end.
  private static final int FRAME_BYTES = 3 * MAGIC_BYTES;
  private static final String REMEDY =
      "Give a whole Parquet file, as AIConfigurator or pandas writes it.";

  private final String shown;
  private final byte[] bytes;

  private ParquetFile(String shown, byte[] bytes) {
    this.shown = shown;
    this.bytes = bytes;
  }

  /**
   * All columns by name, in the file's order.
   *
   * @param shown the file's path for messages
   * @throws InputException where it is damaged or of a form that is not read
   */
  static Map<String, TableColumn> read(Path file, String shown) {
    return new ParquetFile(shown, InputDoor.bytes(file, shown, MOST_BYTES, REMEDY)).columns();
  }

  private Map<String, TableColumn> columns() {
    FileMetaData footer = footer();
    List<ParquetColumn> columns = new ArrayList<>();
    for (SchemaElement leaf : leaves(footer)) {
      columns.add(in(leaf.getName(), () -> new ParquetColumn(leaf, version(footer))));
    }
    if (footer.getNum_rows() < 0
        || footer.getNum_rows() > MOST_ROWS
        || footer.getNum_rows() * Math.max(1, columns.size()) > MOST_VALUES) {
      throw error(
          "",
          "has " + footer.getNum_rows() + " rows of " + columns.size() + " columns",
          "Give at most " + MOST_ROWS + " rows and " + MOST_VALUES + " values in one file.");
    }
    long rows = 0;
    for (RowGroup group : footer.getRow_groups()) {
      rows += group.getNum_rows();
      read(group, columns);
    }
    if (rows != footer.getNum_rows()) {
      throw error("", "says " + footer.getNum_rows() + " rows and has " + rows, REMEDY);
    }
    Map<String, TableColumn> built = new LinkedHashMap<>();
    for (ParquetColumn column : columns) {
      if (built.put(column.name(), column.build()) != null) {
        throw error("", "has two columns \"" + column.name() + "\"", "Name each column once.");
      }
    }
    return built;
  }

  private FileMetaData footer() {
    String begin = word(0);
    String end = bytes.length < FRAME_BYTES ? "" : word(bytes.length - MAGIC_BYTES);
    if (end.equals("PARE")) {
      throw error("", "is encrypted", "Write it unencrypted.");
    }
    if (!begin.equals("PAR1")) {
      throw error("", "is no Parquet file: it does not begin with PAR1", REMEDY);
    }
    if (!end.equals("PAR1")) {
      throw error("", "ends in the middle: a Parquet file ends with PAR1", REMEDY);
    }
    int length =
        ByteBuffer.wrap(bytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt(bytes.length - 2 * MAGIC_BYTES);
    if (length <= 0 || length > bytes.length - FRAME_BYTES) {
      throw error("", "says that its footer has " + length + " bytes", REMEDY);
    }
    int offset = bytes.length - 2 * MAGIC_BYTES - length;
    return in("", () -> Util.readFileMetaData(new ByteArrayInputStream(bytes, offset, length)));
  }

  private String word(int offset) {
    int length = Math.min(MAGIC_BYTES, bytes.length - offset);
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  private List<SchemaElement> leaves(FileMetaData footer) {
    List<SchemaElement> schema = footer.getSchema();
    if (schema.isEmpty()) {
      throw error("", "has no columns", REMEDY);
    }
    List<SchemaElement> leaves = schema.subList(1, schema.size());
    for (SchemaElement leaf : leaves) {
      if (leaf.getNum_children() > 0
          || !leaf.isSetType()
          || leaf.getRepetition_type() == FieldRepetitionType.REPEATED) {
        throw error(
            column(leaf.getName()),
            "holds lists or groups",
            "Give tables of plain numbers and texts.");
      }
    }
    return leaves;
  }

  private void read(RowGroup group, List<ParquetColumn> columns) {
    if (group.getColumnsSize() != columns.size()) {
      throw error(
          "",
          "has " + group.getColumnsSize() + " columns where the schema has " + columns.size(),
          REMEDY);
    }
    for (int i = 0; i < columns.size(); i++) {
      ColumnChunk chunk = group.getColumns().get(i);
      ParquetColumn column = columns.get(i);
      in(
          column.name(),
          () -> {
            column.read(bytes, chunk, group.getNum_rows(), MOST_ROWS);
            return column;
          });
    }
  }

  private static ParsedVersion version(FileMetaData footer) {
    try {
      return footer.isSetCreated_by() ? VersionParser.parse(footer.getCreated_by()) : null;
    } catch (VersionParseException e) {
      return null;
    }
  }

  @FunctionalInterface
  private interface Step<T> {
    T take() throws IOException;
  }

  // The library meets damaged bytes with any of the JDK's exceptions: all mean the file.
  private <T> T in(String column, Step<T> step) {
    try {
      return step.take();
    } catch (InputException e) {
      throw e;
    } catch (DamagedParquet e) {
      throw error(column(column), e.getMessage(), e.remedy());
    } catch (IOException | RuntimeException e) {
      DamagedParquet damage =
          e.getCause() instanceof DamagedParquet cause ? cause : DamagedParquet.ofDecoder();
      throw error(column(column), damage.getMessage(), damage.remedy());
    }
  }

  private static String column(String name) {
    return name.isEmpty() ? "" : "column \"" + name + "\"";
  }

  private InputException error(String where, String problem, String remedy) {
    return new InputException(shown, where, problem, remedy);
  }
}
