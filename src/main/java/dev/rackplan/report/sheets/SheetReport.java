package dev.rackplan.report.sheets;

import dev.rackplan.report.CsvText;
import dev.rackplan.report.Figures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sheets as text, plain values and CSV.
 *
 * @param title of all
 */
public record SheetReport(String title, List<Sheet> sheets) {
  public SheetReport {
    sheets = List.copyOf(sheets);
  }

  /** For a terminal; ends with a line feed. */
  public String text() {
    return sheets.stream().map(Sheet::text).collect(Collectors.joining("\n"));
  }

  /** Plain values by the sheets' keys. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    sheets.forEach(sheet -> tree.put(sheet.key(), sheet.tree()));
    return tree;
  }

  /** A row for each figure: sheet, number of the row in it, column, value with all digits. */
  public String csv() {
    return CsvText.of(
        table -> {
          table.row("sheet", "row", "column", "value");
          for (Sheet sheet : sheets) {
            for (int row = 0; row < sheet.rows().size(); row++) {
              for (int column = 0; column < sheet.columns().size(); column++) {
                Object value = sheet.rows().get(row).get(column);
                table.row(
                    sheet.key(),
                    row + 1,
                    sheet.columns().get(column).key(),
                    value instanceof Double number ? Figures.shortest(number) : value.toString());
              }
            }
          }
        });
  }
}
