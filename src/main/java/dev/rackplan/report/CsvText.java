package dev.rackplan.report;

import dev.rackplan.json.CsvCell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** CSV as text: line feeds on every system, each cell by {@link CsvCell}. */
public final class CsvText {
  private CsvText() {}

  /** Prints the header and the rows. */
  @FunctionalInterface
  public interface Rows {
    /** Prints them into {@code table}. */
    void print(Table table);
  }

  /** Takes the rows one by one. */
  public static final class Table {
    private final CSVPrinter printer;

    private Table(CSVPrinter printer) {
      this.printer = printer;
    }

    /** One row. */
    public void row(Object... cells) {
      row(List.of(cells));
    }

    /** One row. */
    public void row(List<?> cells) {
      try {
        printer.printRecord(cells.stream().map(CsvCell::text).toList());
      } catch (IOException e) {
        // A string takes everything.
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The text of a header and rows. */
  public static String of(Rows rows) {
    StringBuilder out = new StringBuilder();
    try (CSVPrinter printer =
        new CSVPrinter(out, CSVFormat.DEFAULT.builder().setRecordSeparator('\n').get())) {
      rows.print(new Table(printer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }
}
