package dev.rackplan.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationConverterTest {
  @ParameterizedTest
  @CsvSource({"500ms, 0.5", "20s, 20", "1.5m, 90", "2h, 7200", "0.25s, 0.25", "168h, 604800"})
  void durations_areSeconds(String text, double seconds) {
    assertEquals(seconds, new DurationConverter().convert(text), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "20",
        "s",
        "-1s",
        "1 s",
        "1d",
        "1e3s",
        "NaNs",
        "0ms",
        "169h",
        "1s2m",
        ".5s",
        "9999999999s"
      })
  void others_areRefused(String text) {
    assertThrows(TypeConversionException.class, () -> new DurationConverter().convert(text));
  }

  @Test
  void refusal_showsTheForm() {
    String message =
        assertThrows(TypeConversionException.class, () -> new DurationConverter().convert("soon"))
            .getMessage();

    assertTrue(message.contains("'soon'") && message.contains("500ms, 20s or 2m"), message);
  }
}
