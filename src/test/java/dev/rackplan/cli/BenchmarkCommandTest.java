package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

class BenchmarkCommandTest {
  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private CommandRun benchmark(String... more) {
    String[] arguments = new String[more.length + 5];
    String[] first = {"benchmark", "--time-limit", "200ms", "--seeds", "1"};
    System.arraycopy(first, 0, arguments, 0, 5);
    System.arraycopy(more, 0, arguments, 5, more.length);
    return CommandRun.of(arguments);
  }

  @Test
  void everyPlacer_isJudged_andNoSearchEndsAboveTheUsualPlacements() {
    CommandRun run = benchmark(tiny.path("problems/tiny.json"), "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> placers = run.json().list().get(0).get("placers").list();
    assertEquals(
        List.of(
            "contiguous",
            "round-robin",
            "eplb-hierarchical",
            "eplb-global",
            "flashlb-style",
            "swift-style",
            "plain-loop",
            "rackplan"),
        placers.stream().map(placer -> placer.text("placer")).toList());
    double rackplan = placers.get(7).get("layerSeconds").number();
    for (JsonCursor usual : placers.subList(0, 4)) {
      assertTrue(rackplan <= usual.get("layerSeconds").number() * (1 + 1e-9), run.out());
    }
    assertTrue(placers.get(6).get("movesPerSecond").number() > 0);
    assertTrue(placers.get(7).get("movesPerSecond").number() > 0);
  }

  @Test
  void tables_haveARowForEachPlacer() {
    CommandRun text = benchmark(tiny.path("problems/tiny.json"));
    CommandRun markdown = benchmark(tiny.path("problems/tiny.json"), "--markdown");

    assertTrue(
        text.out().startsWith("tiny, 0.2 s\n") && text.out().contains("\nplacer "), text.out());
    assertTrue(text.out().contains("\nplain-loop "), text.out());
    assertTrue(markdown.out().startsWith("### tiny, 0.2 s\n\n| placer | "), markdown.out());
    assertTrue(markdown.out().contains("\n| rackplan | "), markdown.out());
  }

  @Test
  void leftOutScenarios_areJudgedOn_andNotPlannedFor() {
    tiny.write(
        "problems/loads.json",
        """
        {"load": {"a": [[40,1,1,1,1,1,1,1], [40,1,1,1,1,1,1,1]], "b": [[1,1,1,1,1,1,1,40], [1,1,1,1,1,1,1,40]]}}
        """);
    String two =
        tiny.variant(
            "two",
            "\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}",
            "\"over\": \"worst\", \"counts\": \"loads.json\"");
    CommandRun run = benchmark(two, "--leave-out", "1", "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> folds = run.json().list();
    assertEquals(
        List.of("tiny without a", "tiny without b"),
        folds.stream().map(fold -> fold.text("problem")).toList());
    for (JsonCursor fold : folds) {
      JsonCursor rackplan = fold.get("placers").list().get(7);
      // What is hot in the one is cold in the other, so a plan for one is uneven on the other.
      assertTrue(
          rackplan.get("placement").get("balancedness").number()
              > 1.2 * rackplan.get("heldOut").get("balancedness").number(),
          run.out());
    }
    assertEquals(ExitCode.BAD_INPUT, benchmark(two, "--leave-out", "2").exitCode());
  }

  @Test
  void unreadableProblem_isAnError_orSkippedAloud() {
    String missing = tiny.path("problems/none.json");
    assertEquals(ExitCode.BAD_INPUT, benchmark(missing).exitCode());

    CommandRun skipped = benchmark(missing, "--skip-unreadable");
    assertEquals(ExitCode.SOLVED, skipped.exitCode(), skipped.err());
    assertTrue(skipped.err().startsWith("SKIPPED: "), skipped.err());
  }

  @Test
  void timesAndRules_makeATableEach() {
    CommandRun run =
        CommandRun.of(
            "benchmark",
            tiny.path("problems/tiny.json"),
            "--times",
            "20ms,40ms",
            "--rules",
            "even,rankModulo",
            "--seeds",
            "1",
            "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        List.of("tiny, even", "tiny, even", "tiny, rankModulo", "tiny, rankModulo"),
        run.json().list().stream().map(one -> one.text("problem")).toList());
    assertEquals(
        List.of(0.02, 0.04, 0.02, 0.04),
        run.json().list().stream().map(one -> one.get("searchSeconds").number()).toList());
    assertEquals(
        ExitCode.BAD_INPUT, benchmark(tiny.path("problems/tiny.json"), "--times", "1s").exitCode());
    assertEquals(
        ExitCode.BAD_INPUT,
        benchmark(tiny.path("problems/tiny.json"), "--rules", "farthest").exitCode());
  }

  @Test
  void cpuTime_isSaidInTheOutput_andSeedsHaveARange() {
    String[] limits = {"--time-limit", "20ms", "--cpu-time", "--threads", "1", "--seeds", "3"};
    List<String> arguments = new ArrayList<>(List.of("benchmark", tiny.path("problems/tiny.json")));
    arguments.addAll(List.of(limits));
    CommandRun table = CommandRun.of(arguments.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, table.exitCode(), table.err());
    assertTrue(table.out().startsWith("tiny, 0.02 s of CPU time\n"), table.out());

    arguments.add("--json");
    JsonCursor placers = CommandRun.of(arguments.toArray(String[]::new)).json().list().get(0);
    assertEquals("cpu", placers.text("clock"));
    assertEquals(3, placers.get("seeds").integer(0, 9));
    for (JsonCursor row : placers.get("placers").list()) {
      if (row.text("placer").equals("rackplan")) {
        double seconds = row.get("layerSeconds").number();
        assertTrue(row.get("leastSeconds").number() <= seconds);
        assertTrue(row.get("mostSeconds").number() >= seconds);
      }
    }
    for (String other : List.of("--steps", "--drift")) {
      assertEquals(
          ExitCode.BAD_INPUT,
          benchmark(tiny.path("problems/tiny.json"), "--cpu-time", other, "5").exitCode());
    }
  }

  @Test
  void drift_judgesEachWayOnNextWindows_andTheOneThatNeverMovesMovesNothing() {
    CommandRun run =
        CommandRun.of(
            "benchmark",
            tiny.path("problems/tiny.json"),
            "--drift",
            "5",
            "--steps",
            "50",
            "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor drift = run.json().list().get(0);
    assertEquals(5, drift.get("windows").integer(0, 9));
    List<JsonCursor> ways = drift.get("placers").list();
    assertEquals(
        List.of(
            "never moving",
            "eplb-hierarchical",
            "eplb-global",
            "flashlb-style",
            "swift-style",
            "rackplan"),
        ways.stream().map(way -> way.text("placer")).toList());
    assertEquals(0, ways.get(0).get("movedBytes").number());
    for (JsonCursor way : ways.subList(1, 6)) {
      assertTrue(way.get("movedBytes").number() > 0, run.out());
      assertTrue(way.get("moves").integer(1, 3) > 0);
    }
    assertTrue(
        ways.get(5).get("layerSeconds").number() < ways.get(0).get("layerSeconds").number(),
        run.out());
    assertEquals(
        ExitCode.BAD_INPUT,
        CommandRun.of("benchmark", tiny.path("problems/tiny.json"), "--drift", "2").exitCode());
  }

  @Test
  void drift_ofTwoSeeds_isTheirMean_andNamesBoth() {
    List<JsonCursor> one = ways(drift("--json"));
    List<JsonCursor> two = ways(drift("--json", "--seeds", "2"));

    for (int i = 0; i < one.size(); i++) {
      double first = one.get(i).get("layerSeconds").number();
      double lowest = two.get(i).get("lowestLayerSeconds").number();
      double highest = two.get(i).get("highestLayerSeconds").number();
      assertTrue(first == lowest || first == highest, two.get(i).get("placer").text());
      assertEquals((lowest + highest) / 2, two.get(i).get("layerSeconds").number(), 1e-9 * highest);
    }
    assertTrue(drift("--seeds", "2").out().contains("5 windows, mean of 2 seeds"));
    assertFalse(drift().out().contains("of seeds"));
  }

  private CommandRun drift(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("benchmark", tiny.path("problems/tiny.json"), "--drift", "5", "--steps", "50"));
    words.addAll(List.of(more));
    CommandRun run = CommandRun.of(words.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run;
  }

  private static List<JsonCursor> ways(CommandRun run) {
    return run.json().list().get(0).get("placers").list();
  }
}
