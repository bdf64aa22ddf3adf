package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code src/python/rackplan.py} gives results and errors of commands. */
class PythonWrapperTest {
  private static final String SCRIPT =
      """
      import rackplan
      gpu = rackplan.run("catalog", gpu="h100")
      print(gpu["name"])
      try:
          rackplan.evaluate("nowhere.json", solution="nowhere.json")
      except rackplan.RackplanError as error:
          print(error.exit_code, "nowhere.json" in str(error))
      """;

  private static final String LAUNCHER = "import rackplan; print(rackplan.launcher())";

  @TempDir private Path folder;

  @Test
  void run_returnsJsonAndRaisesErrors() throws IOException, InterruptedException {
    String launcher =
        String.join(
            " ",
            CommandRun.inAProcess(List.of("-XX:TieredStopAtLevel=1"), List.of()).stream()
                .map(word -> "'" + word + "'")
                .toList());

    assertEquals("h100-sxm\n2 True\n", python(SCRIPT, Path.of("src/python"), launcher));
  }

  /** In a distribution both lie in one folder; in a clone the launcher lies two above. */
  @Test
  void launcher_isTheOneThatComesWithTheModule() throws IOException, InterruptedException {
    Path beside = Files.createDirectories(folder.resolve("a b"));
    Files.copy(Path.of("src/python/rackplan.py"), beside.resolve("rackplan.py"));
    Files.createFile(beside.resolve("rackplan"));

    String own = beside.toRealPath().resolve("rackplan").toString();
    assertEquals("['" + own + "']\n", python(LAUNCHER, beside, ""));
    String clone = Path.of("rackplan").toRealPath().toString();
    assertEquals("['" + clone + "']\n", python(LAUNCHER, Path.of("src/python"), ""));
  }

  private String python(String script, Path modules, String launcher)
      throws IOException, InterruptedException {
    assumeTrue(
        Stream.of("/usr/bin/python3", "/usr/local/bin/python3")
            .anyMatch(p -> Files.exists(Path.of(p))),
        "no python3");
    ProcessBuilder python = new ProcessBuilder("python3", "-B", "-c", script);
    python.environment().put("PYTHONPATH", modules.toString());
    python.environment().put("RACKPLAN", launcher);
    python.redirectErrorStream(true);
    Path printed = folder.resolve("printed.txt");
    python.redirectOutput(printed.toFile());

    int exitCode = python.start().waitFor();

    String text = Files.readString(printed, StandardCharsets.UTF_8);
    assertEquals(0, exitCode, text);
    return text.replace("\r", "");
  }
}
