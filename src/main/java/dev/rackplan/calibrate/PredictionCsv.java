package dev.rackplan.calibrate;

import dev.rackplan.json.CsvCell;
import dev.rackplan.law.CellKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Writes predictions as CSV, one at a time. */
public final class PredictionCsv {
  private static final double MILLIS = 1e3;

  private final CSVPrinter printer;

  /** Writes the header. */
  public PredictionCsv(Appendable out) throws IOException {
    printer =
        CSVFormat.DEFAULT
            .builder()
            .setRecordSeparator('\n')
            .setHeader(
                "gpu",
                "op",
                "engine",
                "version",
                "format",
                "cache",
                "kernel",
                "key",
                "predicted_ms",
                "measured_ms",
                "fitted")
            .get()
            .print(out);
  }

  /** Writes one row. */
  public void add(Prediction row) {
    CellKey key = row.key();
    try {
      printer.printRecord(
          CsvCell.text(row.gpu()),
          key.op().key(),
          CsvCell.text(key.engine()),
          CsvCell.text(key.version()),
          key.format().key(),
          key.cache().key(),
          CsvCell.text(key.kernel()),
          CsvCell.text(row.timed()),
          millis(row.predictedSeconds()),
          millis(row.measuredSeconds()),
          row.fitted());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String millis(double seconds) {
    return String.format(Locale.ROOT, "%.6g", seconds * MILLIS);
  }
}
