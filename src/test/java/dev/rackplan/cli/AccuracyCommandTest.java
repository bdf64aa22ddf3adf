package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccuracyCommandTest {
  private static final Path DOCUMENT = Path.of("docs/accuracy.md");

  @Test
  void document_holdsTheTablesAsTheyArePrinted() throws IOException {
    CommandRun run = CommandRun.of("accuracy");

    assertEquals(ExitCode.SOLVED, run.exitCode());
    String document = Files.readString(DOCUMENT);
    if (Boolean.getBoolean("golden.update")) {
      int from = document.indexOf("```console\n$ ./rackplan accuracy\n");
      int to = document.indexOf("```\n", from + 10);
      Files.writeString(
          DOCUMENT,
          document.substring(0, from)
              + "```console\n$ ./rackplan accuracy\n"
              + run.out()
              + document.substring(to));
      return;
    }
    assertTrue(
        document.contains("$ ./rackplan accuracy\n" + run.out()),
        "docs/accuracy.md is out of date; -Dgolden.update=true writes it anew:\n" + run.out());
  }

  @Test
  void json_hasRowsMediansAndOrders() {
    JsonCursor json = CommandRun.of("accuracy", "--json").json();

    JsonCursor row = json.get("rows").list().get(0);
    assertEquals(
        List.of(
            "id",
            "kind",
            "use",
            "published",
            "assumed",
            "layout",
            "unit",
            "predicted",
            "measured",
            "error",
            "stages",
            "bottleneck",
            "source"),
        row.keys());
    assertEquals(
        row.get("predicted").number() / row.get("measured").number() - 1,
        row.get("error").number(),
        1e-12);
    assertEquals("serving", json.get("medians").list().get(0).text("of"));
    assertTrue(json.get("orders").list().get(0).get("right").bool());
    assertTrue(json.get("notModelled").list().get(0).has("reason"));
  }
}
