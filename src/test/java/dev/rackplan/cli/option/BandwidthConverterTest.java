package dev.rackplan.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class BandwidthConverterTest {
  private final BandwidthConverter converter = new BandwidthConverter();

  @Test
  void gigabytes_becomeBytes() {
    assertEquals(6.25e9, converter.convert(" 6.25"));
    assertEquals(200e9, converter.convert("200"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "0.0", "-5", "NaN", "Infinity", "1e3", "50GB/s", ".5", "1000001"})
  void anythingElse_isRefusedWithItsText(String text) {
    TypeConversionException refused =
        assertThrows(TypeConversionException.class, () -> converter.convert(text));
    assertTrue(refused.getMessage().startsWith("'" + text + "'"), refused.getMessage());
  }
}
