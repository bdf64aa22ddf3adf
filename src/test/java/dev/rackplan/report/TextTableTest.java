package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void narrowTable_keepsItsHeadingsInOneLine() {
    TextTable table = new TextTable(List.of("plan", "step time [ms]"));
    table.add(List.of("ours", "1.5"));

    assertEquals("plan  step time [ms]\nours             1.5\n", table.text());
  }

  @Test
  void wideTable_breaksHeadingsAtSpacesAndSlashes() {
    String name = "n".repeat(50);
    TextTable table =
        new TextTable(List.of("plan", "all of it [ms]", "tokens/s/GPU", "a heading of many words"));
    table.add(List.of(name, "12.25", "123456", "7"));

    assertEquals(
        List.of(
            " ".repeat(74) + "a",
            " ".repeat(54) + "all" + " ".repeat(11) + "heading",
            " ".repeat(52) + "of it" + "  tokens/" + "  of many",
            "plan" + " ".repeat(49) + "[ms]" + "    s/GPU" + "    words",
            name + "  12.25   123456" + " ".repeat(8) + "7"),
        table.text().lines().toList());
  }

  @Test
  void widestTable_goesOnBelowWithItsFirstColumn() {
    List<String> cells = new ArrayList<>(List.of("x"));
    cells.addAll(Collections.nCopies(3, "c".repeat(30)));
    TextTable table = new TextTable(List.of("k", "one", "two", "three"));
    table.add(cells);
    String cell = "  " + "c".repeat(30);

    assertEquals(
        List.of(
            "k" + " ".repeat(29) + "one" + " ".repeat(29) + "two",
            "x" + cell + cell,
            "",
            "k" + " ".repeat(27) + "three",
            "x" + cell),
        table.text().lines().toList());
  }

  @Test
  void longWords_areWrappedWithAnIndent() {
    String word = "w".repeat(39);

    assertEquals(
        word + " " + word + "\n  " + word + "\n",
        TextTable.wrapped(word + " " + word + " " + word, 2));
    assertEquals("a".repeat(90) + "\n  b\n", TextTable.wrapped("a".repeat(90) + " b", 2));
  }
}
