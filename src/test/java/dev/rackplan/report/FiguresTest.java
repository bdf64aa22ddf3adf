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

  // One GPU that answers a request in fifteen seconds is not at 0.07 of them.
  @ParameterizedTest
  @CsvSource({
    "12.566, 12.57",
    "1, 1.00",
    "0.553, 0.553",
    "0.0688, 0.0688",
    "0, 0.00",
    "1e-9, 0.000000"
  })
  void requests_haveThreeDigitsThatCount(double perSecond, String text) {
    assertEquals(text, Figures.requests(perSecond));
  }
}
