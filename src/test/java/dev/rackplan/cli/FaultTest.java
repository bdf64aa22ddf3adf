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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Faults from outside, made to processes of their own by a shell. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class FaultTest {
  private static final int SIGTERM_CODE = 143;

  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  /** Runs {@code script}, where {@code $RACKPLAN} stands for the command. */
  private int shell(String script) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).directory(folder.toFile());
    builder
        .environment()
        .put(
            "RACKPLAN",
            Path.of(System.getProperty("java.home"), "bin", "java")
                + " -XX:-UsePerfData -XX:TieredStopAtLevel=1 dev.rackplan.cli.Main");
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process =
        builder
            .redirectOutput(folder.resolve("out.txt").toFile())
            .redirectError(folder.resolve("err.txt").toFile())
            .start();
    assertTrue(process.waitFor(100, TimeUnit.SECONDS), "still running");
    return process.exitValue();
  }

  @Test
  @Tag("slow")
  void sigterm_writesTheBestSoFar() throws IOException, InterruptedException {
    int code =
        shell(
            """
            $RACKPLAN solve problems/tiny.json -o out --time-limit 10m 2>progress.txt & pid=$!
            until grep -q 'first plan' progress.txt; do sleep 0.1; done
            kill -TERM $pid
            wait $pid
            """);
    assertEquals(SIGTERM_CODE, code, tiny.read("progress.txt"));
    JsonCursor solution = JsonCursor.parse(tiny.read("out/tiny.json"), "tiny.json");
    assertTrue(solution.get("rackplan").get("stopped").bool());
    assertTrue(solution.get("evaluation").get("feasible").bool());
  }

  @Test
  void fullDisk_isAnErrorThatNamesTheFile_andTheOldPlanStays()
      throws IOException, InterruptedException {
    assertEquals(0, shell("$RACKPLAN solve problems/tiny.json -o out --steps 1"));
    String old = tiny.read("out/tiny.json");
    // No file may grow beyond 2 KiB, as if that were what the disk has left.
    int code =
        shell(
            "ulimit -f 2; $RACKPLAN solve problems/tiny.json -o out --steps 90 --force >/dev/null");
    assertEquals(ExitCode.BAD_INPUT, code, tiny.read("err.txt"));
    assertTrue(
        tiny.read("err.txt").contains("out/tiny.json: can't be written"), tiny.read("err.txt"));
    assertEquals(old, tiny.read("out/tiny.json"));
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertEquals(List.of("tiny.json"), files.map(f -> f.getFileName().toString()).toList());
    }
  }

  @Test
  void readerThatWentAway_costsNoPlan() throws IOException, InterruptedException {
    shell("$RACKPLAN solve problems/tiny.json -o out --steps 90 | true");
    assertTrue(
        JsonCursor.parse(tiny.read("out/tiny.json"), "tiny.json").has("plan"),
        "the plan was written before the summary");
  }

  @Test
  void tooLittleMemory_isSaid() throws IOException, InterruptedException {
    String large =
        tiny.variant(
            "large",
            "\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}",
            "\"topics\": {\"seed\": 1, \"tokens\": 1000000}");
    int code =
        shell(
            "JAVA_TOOL_OPTIONS=-Xmx24m $RACKPLAN solve problems/tiny.json "
                + large
                + " -o out --steps 10");
    assertEquals(ExitCode.BAD_INPUT, code, tiny.read("err.txt"));
    assertTrue(
        tiny.read("err.txt").contains("MB of memory that rackplan may use"), tiny.read("err.txt"));
    assertTrue(tiny.has("out/tiny.json"));
    assertFalse(tiny.has("out/large.json"));
    assertEquals(
        ExitCode.BAD_INPUT,
        shell("JAVA_TOOL_OPTIONS=-Xmx24m $RACKPLAN solve " + large + " -o alone --steps 10"));
    assertTrue(
        tiny.read("err.txt").contains("MB of memory that rackplan may use"), tiny.read("err.txt"));
  }
}
