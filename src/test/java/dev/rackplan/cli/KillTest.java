package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A batch killed at random moments and gone on with. {@code -Dkills=200 -Dkills.seed=2} for more
 * than the few of every build.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class KillTest {
  private static final int KILLS = Integer.getInteger("kills", 8);
  private static final int PROBLEMS = 12;

  @TempDir private Path folder;

  private final SplittableRandom random = new SplittableRandom(Long.getLong("kills.seed", 1));
  private final List<String> problems = new ArrayList<>();
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    for (int i = 0; i < PROBLEMS; i++) {
      problems.add(
          tiny.variant("p" + i, "\"contextTokens\": 1000", "\"contextTokens\": " + (1000 + i)));
    }
  }

  private List<String> command(String out, String... more) {
    List<String> command = new ArrayList<>(List.of("solve"));
    command.addAll(problems);
    command.addAll(
        List.of("-o", tiny.path(out), "--steps", "400", "--results", tiny.path(out + "/results")));
    command.addAll(List.of(more));
    return command;
  }

  private Process start(List<String> arguments) throws IOException {
    return new ProcessBuilder(CommandRun.inAProcess(List.of("-XX:TieredStopAtLevel=1"), arguments))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log.txt").toFile())
        .start();
  }

  @Test
  @Tag("slow")
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void killedBatch_losesNothing_andEndsAsIfItHadNotBeen() throws IOException, InterruptedException {
    assertEquals(
        ExitCode.SOLVED, CommandRun.of(command("whole").toArray(String[]::new)).exitCode());
    Path out = folder.resolve("out");
    int kills = 0;
    int batches = 0;
    Set<String> before = new TreeSet<>();
    while (kills < KILLS) {
      // From the JVM's start to some way beyond its end.
      Process process = start(command("out", "--resume"));
      boolean ended = process.waitFor(100 + random.nextInt(2500), TimeUnit.MILLISECONDS);
      if (ended) {
        assertEquals(ExitCode.SOLVED, process.exitValue(), tiny.read("log.txt"));
        batches++;
        checkWhole(out);
        deleteSome(out);
        before = solutions(out);
        continue;
      }
      process.destroyForcibly().waitFor();
      kills++;
      Set<String> now = solutions(out);
      assertTrue(now.containsAll(before), "lost: " + before + " became " + now);
      for (String name : now) {
        if (!isDraft(name)) {
          assertEquals(tiny.read("whole/" + name), tiny.read("out/" + name), "torn: " + name);
        }
      }
      before = now;
    }
    Process last = start(command("out", "--resume"));
    assertTrue(last.waitFor(2, TimeUnit.MINUTES));
    assertEquals(ExitCode.SOLVED, last.exitValue(), tiny.read("log.txt"));
    checkWhole(out);
    System.out.printf(
        "%d kills, %d batches ended between them: nothing lost, nothing torn%n", kills, batches);
  }

  // The best plan of a search that was killed on the way: it says so, and its figures hold.
  private boolean isDraft(String name) {
    String file = tiny.path("out/" + name);
    JsonCursor solution = JsonCursor.read(Path.of(file), file);
    if (solution.get("rackplan").find("stopped").isEmpty()) {
      return false;
    }
    CommandRun judged =
        CommandRun.of("evaluate", tiny.path("problems/" + name), "--solution", file, "--json");
    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
    assertEquals(List.of(), judged.json().get("differences").list(), "figures of " + name);
    return true;
  }

  private void checkWhole(Path out) throws IOException {
    assertEquals(solutions(folder.resolve("whole")), solutions(out));
    List<String> rows = Files.readAllLines(out.resolve("results/results.csv"));
    assertEquals(PROBLEMS + 1, rows.size());
    try (Stream<Path> left = Files.list(out)) {
      assertEquals(
          List.of(),
          left.map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith("."))
              .toList());
    }
  }

  private void deleteSome(Path out) throws IOException {
    for (String name : solutions(out)) {
      if (random.nextInt(3) > 0) {
        Files.delete(out.resolve(name));
      }
    }
  }

  private static Set<String> solutions(Path out) throws IOException {
    if (!Files.exists(out)) {
      return new TreeSet<>();
    }
    try (Stream<Path> files = Files.list(out)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("p\\d+\\.json"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
