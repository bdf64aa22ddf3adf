package dev.rackplan.calibrate;

import dev.rackplan.json.InputException;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One row of a table, as readers of operations ask it. */
record TableRow(KernelTable table, int row) {
  private static final double MILLI = 1e-3;
  static final double MICRO = 1e-6;

  /**
   * A number that says what was timed.
   *
   * @throws dev.rackplan.json.InputException where it is missing or below 0
   */
  double number(String column) {
    double number = table.number(column, row);
    // !(x >= 0) is also an empty cell.
    if (!(number >= 0)) {
      throw table.wrong(column, row, "must be a number >= 0", "Correct the row, or remove it.");
    }
    return number;
  }

  /**
   * A size: a number above 0. A row that has 0 timed nothing and is left out.
   *
   * @throws InputException where the cell holds no number, or one below 0
   */
  double size(String column) throws SkippedRowException {
    double size = table.number(column, row);
    if (size == 0) {
      throw new SkippedRowException(RowSkip.NO_SIZE);
    }
    // !(x > 0) refuses an empty cell too.
    if (!(size > 0)) {
      throw table.wrong(column, row, "must be > 0", "Write what was timed, or leave the row out.");
    }
    return size;
  }

  /** The number in a column that may lack; {@code other} where it does or the cell is empty. */
  double number(String column, double other) {
    if (!table.has(column)) {
      return other;
    }
    return Double.isNaN(table.number(column, row)) ? other : number(column);
  }

  String text(String column) {
    return table.text(column, row);
  }

  /** The text in a column that may lack; {@code other} where it does or the cell is empty. */
  String text(String column, String other) {
    String text = table.has(column) ? table.text(column, row) : "";
    return text.isEmpty() ? other : text;
  }

  boolean is(String column, boolean other) {
    return table.has(column) && !table.text(column, row).isEmpty()
        ? table.flag(column, row)
        : other;
  }

  /** Engine, as laws name it. */
  String engine() {
    return text("framework", "unknown").toLowerCase(Locale.ROOT);
  }

  String kernel() {
    return text("kernel_source", "");
  }

  /** Time in s of a column in ms. */
  double milliseconds(String column) throws SkippedRowException {
    return time(table.number(column, row) * MILLI);
  }

  /** Time in s of a column in µs. */
  double microseconds(String column) throws SkippedRowException {
    return time(table.number(column, row) * MICRO);
  }

  static double time(double seconds) throws SkippedRowException {
    // !(x > 0) is also an empty cell.
    if (!(seconds > 0)) {
      throw new SkippedRowException(RowSkip.NO_TIME);
    }
    return seconds;
  }

  /** The number format in a column. */
  KernelFormat format(String column) throws SkippedRowException {
    return format(column, "");
  }

  KernelFormat format(String column, String other) throws SkippedRowException {
    return switch (text(column, other)) {
      case "half", "float16", "fp16", "bf16" -> KernelFormat.BF16;
      case "fp8_tensor", "fp8_e4m3", "mxfp8" -> KernelFormat.FP8;
      case "w4a4_mxfp4" -> KernelFormat.MXFP4;
      default ->
          KernelFormat.of(text(column, other))
              .orElseThrow(() -> new SkippedRowException(RowSkip.UNKNOWN_FORMAT));
    };
  }

  CellKey key(OpKind kind, KernelFormat format, KernelFormat cache, Map<String, Double> variant) {
    return key(kind, format, cache, kernel(), variant);
  }

  CellKey key(
      OpKind kind,
      KernelFormat format,
      KernelFormat cache,
      String kernel,
      Map<String, Double> variant) {
    return new CellKey(
        kind, engine(), text("version", ""), format, cache, kernel, new TreeMap<>(variant));
  }

  /** Refuses what multiplies faster than the datasheet's rate. */
  void belowPeak(double flops, double seconds, KernelFormat format) throws SkippedRowException {
    DatasheetRates rates = table.rates().orElse(null);
    if (rates != null
        && flops / seconds > rates.peakFlops().rate(format.operandBits()).orElse(Double.MAX_VALUE)
        // A unit for INT8 that the datasheet rates do not name.
        && format != KernelFormat.SMOOTH_QUANT
        && format != KernelFormat.INT8) {
      throw new SkippedRowException(RowSkip.BEYOND_PEAK);
    }
  }

  MeasuredRow measured(CellKey key, Op op, double seconds) {
    return new MeasuredRow(key, op, seconds, true, "");
  }
}
