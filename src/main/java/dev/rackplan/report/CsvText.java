package dev.rackplan.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * CSV as text: line feeds on every system. A text that a spreadsheet would take for a formula, as
 * names in users' files may be, gets an apostrophe before it, which spreadsheets take for "text".
 */
final class CsvText {
  // What begins a formula, or is skipped before one; numbers are none.
  private static final Pattern FORMULA = Pattern.compile("[=+\\-@\t\r\n|].*", Pattern.DOTALL);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?%?");

  private CsvText() {}

  /** Prints the header and the rows. */
  @FunctionalInterface
  interface Rows {
    void print(Table table);
  }

  /** Takes the rows one by one. */
  static final class Table {
    private final CSVPrinter printer;

    private Table(CSVPrinter printer) {
      this.printer = printer;
    }

    void row(Object... cells) {
      row(List.of(cells));
    }

    void row(List<?> cells) {
      try {
        printer.printRecord(cells.stream().map(CsvText::harmless).toList());
      } catch (IOException e) {
        // A string takes everything.
        throw new UncheckedIOException(e);
      }
    }
  }

  static String of(Rows rows) {
    StringBuilder out = new StringBuilder();
    try (CSVPrinter printer =
        new CSVPrinter(out, CSVFormat.DEFAULT.builder().setRecordSeparator('\n').get())) {
      rows.print(new Table(printer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private static Object harmless(Object cell) {
    return cell instanceof String text
            && FORMULA.matcher(text).matches()
            && !NUMBER.matcher(text).matches()
        ? "'" + text
        : cell;
  }
}
