package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of counts under a running plan, taken in once: no clock. */
class ReplanWatchTest {
  // What the plan was made for, and the same the other way round, hotter.
  private static final String USUAL = counts("[40,20,10,8,6,4,2,1]");
  private static final String OTHER = counts("[1,1,1,1,1,1,90,95]");

  @TempDir private Path folder;
  private TinyProblem tiny;

  private static String counts(String row) {
    return "{\"logical_count\": [" + row + ", " + row + "]}";
  }

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    tiny.write("problems/usual.json", USUAL);
    tiny.variant(
        "watched", "\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}", "\"counts\": \"usual.json\"");
    CommandRun run =
        CommandRun.of(
            "solve",
            tiny.path("problems/watched.json"),
            "--steps",
            "50",
            "-o",
            tiny.path("solutions"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  private CommandRun watch(String output, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "replan",
                "--from",
                tiny.path("solutions/watched.json"),
                "--watch",
                tiny.path("counts"),
                "--once",
                "--steps",
                "50",
                "-o",
                tiny.path(output)));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray(String[]::new));
  }

  @Test
  void drift_writesAMapThatTheEngineLoads_andThePlanThatItIs() {
    tiny.write("counts/step-1.json", USUAL);
    tiny.write("counts/step-2.json", OTHER);
    tiny.write("counts/.half-written.json", "{");
    tiny.write("counts/notes.txt", "no counts");

    CommandRun run = watch("out", "--window-steps", "1000000", "--window-weight", "0");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(2, lines.size(), run.out());
    assertTrue(lines.get(0).startsWith("step-1.json: "), run.out());
    assertTrue(lines.get(1).startsWith("step-2.json: moves "), run.out());
    JsonCursor map = JsonCursor.parse(tiny.read("out/expert-location.json"), "map");
    List<JsonCursor> rows = map.get("physical_to_logical_map").list();
    assertEquals(3, rows.size());
    CommandRun judged =
        CommandRun.of(
            "evaluate",
            tiny.path("problems/watched.json"),
            "--solution",
            tiny.path("out/watched.json"));
    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
    assertTrue(tiny.has("out/watched.moves.csv"));
  }

  @Test
  void sameFiles_giveTheSameBytes() {
    tiny.write("counts/a.json", OTHER);
    tiny.write("counts/b.json", counts("[5,90,1,1,80,1,1,1]"));

    CommandRun first = watch("first", "--window-steps", "1000000");
    CommandRun second = watch("second", "--window-steps", "1000000");

    assertEquals(first.out(), second.out());
    assertEquals(tiny.read("first/expert-location.json"), tiny.read("second/expert-location.json"));
  }

  @Test
  void nothingMoves_whereTheNextWindowIsTooNear_orTheLimitNought() {
    tiny.write("counts/a.json", OTHER);

    for (String[] more : new String[][] {{"--window-steps", "1e-9"}, {"--max-moved-gb", "0"}}) {
      CommandRun run = watch("out", more);
      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      assertTrue(run.out().startsWith("a.json: stays, step "), run.out());
      assertFalse(tiny.has("out/expert-location.json"));
    }
  }

  /**
   * Counts of the loads that the plan was made for, each off by chance. The first may mend what a
   * short search left; then the plan goes on.
   */
  @Test
  void windowsOfOneDistribution_leaveTheRunningPlan() {
    tiny.write("counts/a.json", counts("[41,19,10,8,6,4,2,1]"));
    tiny.write("counts/b.json", counts("[39,21,10,7,6,4,2,1]"));
    tiny.write("counts/c.json", counts("[40,20,9,8,7,4,2,1]"));
    tiny.write("counts/d.json", counts("[40,20,11,8,5,4,2,1]"));

    CommandRun run = watch("out");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(4, lines.size(), run.out());
    for (String line : lines.subList(1, 4)) {
      assertTrue(line.contains(": stays, "), run.out());
    }
  }

  @Test
  void limit_holdsForEachMove() {
    tiny.write("counts/a.json", OTHER);
    CommandRun free = watch("free", "--window-steps", "1000000");
    // An expert is 3 · 64 · 32 weights of two bytes.
    CommandRun few = watch("few", "--window-steps", "1000000", "--max-moved-gb", "5e-5");

    assertEquals(ExitCode.SOLVED, few.exitCode(), few.err());
    long moved = tiny.read("few/watched.moves.csv").lines().count() - 1;
    assertTrue(moved >= 1 && moved <= 4, few.out());
    assertNotEquals(free.out(), few.out());
  }

  @Test
  void whatCantBe_isRefused() {
    tiny.write("counts/a.json", "{\"logical_count\": [[1,2]]}");
    assertEquals(ExitCode.BAD_INPUT, watch("out").exitCode());
    assertEquals(ExitCode.BAD_INPUT, watch("counts").exitCode());
    assertEquals(ExitCode.BAD_INPUT, watch("out", "--json").exitCode());
    assertEquals(ExitCode.BAD_INPUT, watch("out", "--window-weight", "2").exitCode());
    CommandRun alone =
        CommandRun.of("replan", "--from", tiny.path("solutions/watched.json"), "--once");
    assertEquals(ExitCode.BAD_INPUT, alone.exitCode(), alone.err());
  }
}
