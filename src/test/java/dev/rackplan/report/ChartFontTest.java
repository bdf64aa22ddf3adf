package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Font;
import java.awt.font.TextAttribute;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChartFontTest {
  private final ChartFont font = new ChartFont(Font.PLAIN, 12);

  @Test
  void width_isTheSumOfItsCharacters() {
    // 5, 0, space, G, B, /, s: 556 + 556 + 278 + 778 + 667 + 278 + 500 = 3613 thousandths; 3613
    // * 1.14 * 12 / 1000 = 49.4.
    assertEquals(50, font.width("50 GB/s"));
    assertEquals(50, font.metrics().stringWidth("50 GB/s"));
    assertEquals(0, font.width(""));
    // Not in the table: as wide as a digit, 556 * 1.14 * 12 / 1000 = 7.6.
    assertEquals(8, font.width("µ"));
  }

  @Test
  void anotherSize_staysAChartFont() {
    Font large = font.deriveFont(Map.of(TextAttribute.SIZE, 24f));

    assertEquals(ChartFont.class, large.getClass());
    assertEquals(24, large.getSize());
    assertEquals(Font.PLAIN, large.getStyle());
    assertEquals(Font.SANS_SERIF, large.getFamily());
  }
}
