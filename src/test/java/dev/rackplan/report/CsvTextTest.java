package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.HostileNames;
import java.io.IOException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTextTest {
  @ParameterizedTest
  @CsvSource({
    "rack-0, rack-0",
    "=1+1, '''=1+1'",
    "+1-rack, '''+1-rack'",
    "@SUM(A1), '''@SUM(A1)'",
    "-rack, '''-rack'",
    "-3.5e-7, -3.5e-7",
    "+12.5%, +12.5%",
    "-1, -1",
  })
  void textThatASpreadsheetWouldCompute_isText(String cell, String expected) {
    assertEquals("head\n" + expected + "\n", CsvText.of(table -> rows(table, cell)));
  }

  @Test
  void everyHostileName_isACellOfText() throws IOException {
    for (String name : HostileNames.ALL) {
      String csv = CsvText.of(table -> rows(table, name));
      try (CSVParser rows = CSVParser.parse(csv, CSVFormat.DEFAULT)) {
        String cell = rows.getRecords().get(1).get(0);
        assertTrue(cell.equals(name) || cell.equals("'" + name), name);
        assertFalse(cell.matches("(?s)[=+@|-].*"), name);
      }
    }
  }

  private static void rows(CsvText.Table table, String cell) {
    table.row("head");
    table.row(cell);
  }
}
