package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RooflineCommandTest {
  private static final String[] DEEPSEEK = {
    "roofline", "--model", "deepseek-v3", "--gpu", "h800-sxm", "--weights", "fp8"
  };

  @Test
  void json_hasTheFixedKeys() {
    JsonCursor json = run("--json").json();

    assertEquals(10, json.integer("gpus", 1, 100));
    assertEquals(5275, json.get("balanceBatch").number(), 1);
    assertEquals(0.0238663, json.get("hbmDrainSeconds").number(), 1e-7);
    assertEquals(0.020019, json.get("weightFetchSeconds").number(), 1e-6);
    assertEquals(1810, json.get("contextCrossoverTokens").number(), 1);
    JsonCursor first = json.get("curve").list().get(0);
    assertEquals(
        List.of(
            "batch",
            "computeSeconds",
            "weightSeconds",
            "kvSeconds",
            "stepSeconds",
            "usdPerMillionTokens"),
        first.keys());
    for (JsonCursor point : json.get("curve").list()) {
      assertEquals(
          Math.max(
              point.get("computeSeconds").number(),
              point.get("weightSeconds").number() + point.get("kvSeconds").number()),
          point.get("stepSeconds").number());
    }
  }

  @Test
  void table_namesUnitsAndWhatBinds() {
    CommandRun run = run("--context", "8192", "--gpus", "64");

    assertEquals(ExitCode.SOLVED, run.exitCode());
    assertTrue(run.out().startsWith("deepseek-v3 on 64 x h800-sxm, decode at a context of 8192"));
    assertTrue(run.out().contains("\nHBM drain          23.866 ms "), run.out());
    assertTrue(
        run.out().matches("(?s).*\\n +compute +weights +KV +step.*\\n.*\\[ms\\] +\\[ms\\].*"),
        run.out());
    assertTrue(run.out().contains("  weights  "), run.out());
  }

  @Test
  void gpuWithoutPrice_hasNoCost() {
    CommandRun run =
        CommandRun.of(
            "roofline",
            "--model",
            "llama-3.1-70b",
            "--gpu",
            "vera-rubin",
            "--weights",
            "fp8",
            "--json");

    assertFalse(run.json().get("curve").list().get(0).has("usdPerMillionTokens"));
    assertFalse(run.json().has("usdPerHour"));
  }

  @Test
  void page_standsAloneAndEscapesNames(@TempDir Path folder) throws IOException {
    TinyProblem tiny = new TinyProblem(folder);
    Path model = folder.resolve("evil.json");
    String evil = "</script><script>alert(1)</script>";
    Files.writeString(
        model,
        Files.readString(Path.of(tiny.path("models/tiny-moe.json")))
            .replace("\"tiny-moe\"", "\"" + evil + "\""));
    Path page = folder.resolve("out/page.html");

    CommandRun run =
        CommandRun.of(
            "roofline", "--model", model.toString(), "--gpu", "gb200", "--html", page.toString());

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String html = Files.readString(page);
    assertFalse(html.contains("<script>alert"), "the name became an element");
    assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; on 1 x gb200"));
    assertTrue(html.contains("\\u003c/script\\u003e"), "the data island holds the name");
    // Data, library, drawing: three elements, three ends, no more.
    assertEquals(4, html.split("</script>", -1).length);
    // The library's own text speaks of images; nothing around it loads anything.
    String ours =
        html.substring(0, html.indexOf("<script>\n"))
            + html.substring(html.lastIndexOf("<script>"));
    assertFalse(ours.matches("(?s).*<[^>]*\\ssrc=.*"), ours);
    assertFalse(ours.matches("(?s).*(https?:|url\\(|@import).*"), ours);
    assertTrue(html.contains("default-src 'none'"));
    assertTrue(html.length() < 1_000_000, "the page has " + html.length() + " characters");
  }

  @Test
  void badArguments_areNamed() {
    CommandRun gpu = CommandRun.of("roofline", "--model", "deepseek-v3", "--gpu", "gb201");
    CommandRun context = run("--context", "0");
    CommandRun count = run("--gpus", "0");
    CommandRun dtype = run("--weights", "fp3");

    assertEquals(ExitCode.BAD_INPUT, gpu.exitCode());
    assertTrue(gpu.err().contains("Did you mean \"gb200\"?"), gpu.err());
    assertEquals(ExitCode.BAD_INPUT, context.exitCode());
    assertTrue(context.err().contains("--context must be in 1..1000000000"), context.err());
    assertEquals(ExitCode.BAD_INPUT, count.exitCode());
    assertEquals(ExitCode.BAD_INPUT, dtype.exitCode());
    assertTrue(dtype.err().contains("fp3"), dtype.err());
  }

  private static CommandRun run(String... more) {
    String[] arguments = new String[DEEPSEEK.length + more.length];
    System.arraycopy(DEEPSEEK, 0, arguments, 0, DEEPSEEK.length);
    System.arraycopy(more, 0, arguments, DEEPSEEK.length, more.length);
    return CommandRun.of(arguments);
  }
}
