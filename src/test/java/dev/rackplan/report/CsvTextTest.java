package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  private static void rows(CsvText.Table table, String cell) {
    table.row("head");
    table.row(cell);
  }
}
