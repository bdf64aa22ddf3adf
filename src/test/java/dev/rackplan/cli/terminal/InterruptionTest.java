package dev.rackplan.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.CommandRun;
import dev.rackplan.json.JsonCursor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals to a process of its own. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class InterruptionTest {
  private static final int SIGINT_CODE = 130;

  @TempDir private Path folder;

  @Test
  @Timeout(120)
  void interrupt_writesTheBestSoFarAndExits130() throws IOException, InterruptedException {
    interrupt("tiny: solving", List.of());
  }

  @Test
  @Timeout(120)
  void interruptedBatch_writesWhatRuns_andBeginsNoMore() throws IOException, InterruptedException {
    TinyProblem tiny = new TinyProblem(folder);
    String slow = tiny.variant("slow", "\"contextTokens\": 1000", "\"contextTokens\": 1001");
    interrupt(
        tiny.path("problems/tiny.json") + ": begun",
        List.of(slow, "--parallel", "1", "--results", tiny.path("results")));
    assertTrue(!tiny.has("out/slow.json"), "the next problem was begun");
    assertTrue(tiny.read("results/results.csv").contains("slow.json,not begun,"));
  }

  // Shells without job control have their background processes, and all below them, ignore it.
  private static boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
  }

  private void interrupt(String firstLine, List<String> more)
      throws IOException, InterruptedException {
    assumeTrue(
        !ignoresInterrupts(),
        "SKIPPED: this build was started in the background, where SIGINT is ignored");
    TinyProblem tiny = new TinyProblem(folder);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "solve",
                tiny.path("problems/tiny.json"),
                "-o",
                tiny.path("out"),
                "--time-limit",
                "10m"));
    arguments.addAll(more);
    Process process =
        new ProcessBuilder(CommandRun.inAProcess(List.of(), arguments))
            .redirectOutput(folder.resolve("out.txt").toFile())
            .start();
    try (BufferedReader err = process.errorReader()) {
      // The first line of progress: the search runs, with minutes left.
      String line = err.readLine();
      while (line != null && !line.startsWith(firstLine)) {
        line = err.readLine();
      }
      assertTrue(line != null, "never said " + firstLine);
      // Of a batch the search has begun a moment later.
      Thread.sleep(2000);
      assertEquals(
          0, new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor());

      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running");
      assertEquals(SIGINT_CODE, process.exitValue());
      assertTrue(
          err.lines()
              .anyMatch(
                  text ->
                      text.endsWith(
                          "written to " + tiny.path("out/tiny.json") + ", the best so far")));
    } finally {
      process.destroyForcibly();
    }
    JsonCursor solution = JsonCursor.parse(tiny.read("out/tiny.json"), "tiny.json");
    assertTrue(solution.get("evaluation").get("feasible").bool());
    assertTrue(solution.get("rackplan").get("stopped").bool());
  }
}
