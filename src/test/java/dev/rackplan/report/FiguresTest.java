package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
  // A plan at its bound is above it by a rounding, or below it by one.
  @ParameterizedTest
  @CsvSource({"-4.4e-14, 1, 0.0", "-0.04, 1, 0.0", "-0.06, 1, -0.1", "2.25, 1, 2.3", "-0.4, 0, 0"})
  void fixed_hasNoNegativeZero(double value, int digits, String text) {
    assertEquals(text, Figures.fixed(value, digits));
  }
}
