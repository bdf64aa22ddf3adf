package dev.rackplan.json;

import java.util.regex.Pattern;

/** Cells of CSV that spreadsheets take for what they are. */
public final class CsvCell {
  // What begins a formula, or is skipped before one; numbers are none.
  private static final Pattern FORMULA = Pattern.compile("[=+\\-@\t\r\n|].*", Pattern.DOTALL);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?%?");

  private CsvCell() {}

  /**
   * A text that a spreadsheet would take for a formula, as names in users' files may be, with an
   * apostrophe before it, which spreadsheets take for "text"; everything else as it is.
   */
  public static Object text(Object cell) {
    return cell instanceof String text
            && FORMULA.matcher(text).matches()
            && !NUMBER.matcher(text).matches()
        ? "'" + text
        : cell;
  }
}
