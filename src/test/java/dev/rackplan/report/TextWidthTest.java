package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TextWidthTest {
  @Test
  void pixels_areTheSumOfTheCharacters() {
    // 5, 0, space, G, B, /, s: 556 + 556 + 278 + 778 + 667 + 278 + 500 = 3613 thousandths; 3613
    // * 1.14 * 12 / 1000 = 49.4.
    assertEquals(50, TextWidth.pixels("50 GB/s", 12));
    assertEquals(0, TextWidth.pixels("", 12));
    // Not in the table: as wide as a digit, 556 * 1.14 * 12 / 1000 = 7.6.
    assertEquals(8, TextWidth.pixels("µ", 12));
  }
}
