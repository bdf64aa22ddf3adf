package dev.rackplan.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** CSV as text: line feeds on every system. */
final class CsvText {
  private CsvText() {}

  /** Prints the header and the rows. */
  @FunctionalInterface
  interface Rows {
    void print(CSVPrinter printer) throws IOException;
  }

  static String of(Rows rows) {
    StringBuilder out = new StringBuilder();
    try (CSVPrinter printer =
        new CSVPrinter(out, CSVFormat.DEFAULT.builder().setRecordSeparator('\n').get())) {
      rows.print(printer);
    } catch (IOException e) {
      // A string takes everything.
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }
}
