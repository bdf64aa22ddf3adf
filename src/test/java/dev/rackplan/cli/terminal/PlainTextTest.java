package dev.rackplan.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainTextTest {
  private static String shown(String text) {
    StringWriter out = new StringWriter();
    try (PlainText plain = new PlainText(out, false)) {
      plain.write(text);
    }
    return out.toString();
  }

  /** {@code #} stands for the escape character, {@code ^} for the carriage return. */
  @ParameterizedTest
  @CsvSource({
    "rack-0, rack-0",
    "#]0;title, \\u001b]0;title",
    "#[2J, \\u001b[2J",
    "a^b, a\\u000db",
    "#[1mbold#[0m, \\u001b[1mbold\\u001b[0m",
    "^#[K[1/2], \\u000d\\u001b[K[1/2]",
    "Größe ± 3 µs, Größe ± 3 µs",
  })
  void whatSteersATerminal_isWrittenOut(String text, String expected) {
    assertEquals(expected.replace('#', '\u001b').replace('^', '\r'), shown(marked(text)));
  }

  private static String marked(String text) {
    return text.replace('#', '\u001b').replace('^', '\r');
  }

  @Test
  void directionMarks_areWrittenOut_andLinesStay() {
    assertEquals("a\\u202eb\n\tc\r\n", shown("a\u202eb\n\tc\r\n"));
  }

  @Test
  void ownSteering_andColoursOfHelp_pass() {
    StringWriter out = new StringWriter();
    PlainText plain = new PlainText(out, false);
    plain.print("a");
    PlainText.steer(plain, "\r\u001b[K");
    PlainText.letColours(plain, true);
    plain.print("\u001b[1mb\u001b[2J");
    PlainText.letColours(plain, false);
    plain.print("\u001b[1m");
    plain.flush();
    assertEquals("a\r\u001b[K\u001b[1mb\\u001b[2J\\u001b[1m", out.toString());
  }

  @EnabledOnOs(OS.LINUX)
  @Test
  void nameOfAFile_reachesNoTerminal(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("x\u001b]0;mine\u0007.json");
    Files.writeString(file, "{\"name\u001b[2J\": 1}");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(ExitCode.BAD_INPUT, Main.run(out, err, "validate", folder.toString()));
    String said = out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
    assertTrue(said.contains("x\\u001b]0;mine\\u0007.json"), said);
    assertFalse(said.contains("\u001b"), said);
  }
}
