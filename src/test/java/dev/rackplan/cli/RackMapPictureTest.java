package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The README's picture is what {@code report --rack-map} draws of a committed solution. */
class RackMapPictureTest {
  private static final Path PICTURE = Path.of("docs/rack-map.svg");

  @Test
  void committedPicture_isWhatTheCommandDraws() throws IOException {
    String drawn = RackMapOf.solution("solutions/kimi-k2-decode-h200.json", Optional.empty());
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PICTURE, drawn);
    }
    assertEquals(
        drawn, Files.readString(PICTURE), "Run with -Dgolden.update=true to draw it anew.");
  }
}
