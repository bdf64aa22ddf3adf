package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.TinyProblem;
import dev.rackplan.batch.FolderLock;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** Several problems in one run, what is left out, and what is never lost. */
class SolveBatchTest {
  @TempDir private Path folder;

  private TinyProblem tiny;
  private final List<String> problems = new ArrayList<>();

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    for (int tokens = 1001; tokens <= 1006; tokens++) {
      problems.add(
          tiny.variant("p" + tokens, "\"contextTokens\": 1000", "\"contextTokens\": " + tokens));
    }
  }

  private CommandRun solve(List<String> files, String out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("solve"));
    arguments.addAll(files);
    arguments.addAll(List.of("-o", tiny.path(out)));
    arguments.addAll(List.of(more));
    if (Stream.of(more)
        .noneMatch(option -> option.equals("--steps") || option.equals("--total-time"))) {
      arguments.addAll(List.of("--steps", "60"));
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  @Test
  void parallel_givesTheSameBytesAsOneByOne() {
    CommandRun one = solve(problems, "one", "--parallel", "1");
    CommandRun two = solve(problems, "two", "--parallel", "2");

    assertEquals(ExitCode.SOLVED, one.exitCode(), one.err());
    assertEquals(ExitCode.SOLVED, two.exitCode(), two.err());
    for (int tokens = 1001; tokens <= 1006; tokens++) {
      String name = "/p" + tokens + ".json";
      assertEquals(tiny.read("one" + name), tiny.read("two" + name));
    }
    assertTrue(two.out().endsWith("6 solved\n"), two.out());
    assertFalse(tiny.has("two/.rackplan.lock"));
  }

  @Test
  void results_tellHowEachEnded() throws IOException {
    problems.add(tiny.variant("late", "\"tpotMillis\": 50", "\"tpotMillis\": 0.001"));
    problems.add(tiny.variant("broken", "\"contextTokens\": 1000", "\"contextTokens\": -1"));

    CommandRun run = solve(problems, "out", "--results", tiny.path("results"));

    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode(), run.err());
    assertTrue(run.out().endsWith("6 solved, 1 no plan, 1 bad input\n"), run.out());
    List<JsonCursor> rows =
        JsonCursor.parse(tiny.read("results/results.json"), "results.json").list();
    assertEquals(8, rows.size());
    JsonCursor solution = JsonCursor.parse(tiny.read("out/p1001.json"), "p1001.json");
    assertEquals(
        solution.get("evaluation").get("tokensPerSecondPerGpu").number(),
        rows.get(0).get("tokensPerSecondPerGpu").number());
    assertEquals("no plan", rows.get(6).text("status"));
    assertTrue(rows.get(7).get("message").tree().toString().contains("was -1"));
    List<String> csv = Files.readAllLines(folder.resolve("results/results.csv"));
    assertTrue(csv.get(0).startsWith("problem,status,seconds,model,"), csv.get(0));
    String index = tiny.read("results/index.html");
    assertTrue(index.contains("<a href=\"p1001.html\">"), "no link");
    assertTrue(tiny.has("results/p1001.html"));
    assertFalse(tiny.has("results/late.html"));
  }

  @Test
  void resume_leavesOutWhatIsDone_butNotOtherInputsSeedsOrLimits() {
    solve(problems.subList(0, 3), "out");
    tiny.variant("p1002", "\"contextTokens\": 1000", "\"contextTokens\": 2002");

    CommandRun run = solve(problems, "out", "--resume");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().endsWith("4 solved, 2 done\n"), run.out());
    assertTrue(solve(problems, "out", "--resume").out().endsWith("6 done\n"));
    assertTrue(
        solve(problems, "out", "--resume", "--seed", "1", "--force").out().endsWith("6 solved\n"));
    assertFalse(
        solve(problems, "out", "--resume", "--seed", "1", "--steps", "90").out().contains(" done"));
  }

  @Test
  void betterPlan_staysUnlessForced() {
    List<String> tokens =
        List.of(
            tiny.variant(
                "hard",
                "\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}",
                "\"topics\": {\"seed\": 1}"));
    solve(tokens, "long", "--steps", "4000");
    String best = tiny.read("long/hard.json");

    CommandRun worse = solve(tokens, "long", "--steps", "1", "--seed", "3");
    assertEquals(ExitCode.SOLVED, worse.exitCode(), worse.err());
    assertTrue(worse.err().contains("is better and stays"), worse.err());
    assertEquals(best, tiny.read("long/hard.json"));

    solve(tokens, "long", "--steps", "1", "--seed", "3", "--force");
    assertFalse(best.equals(tiny.read("long/hard.json")));
  }

  @Test
  void somethingElseInTheWay_isNotLost() {
    tiny.write("out/p1001.json", "{\"mine\": 1}");
    CommandRun run = solve(problems.subList(0, 2), "out");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("is in the way"), run.err());
    assertEquals("{\"mine\": 1}", tiny.read("out/p1001.json"));
    assertTrue(tiny.has("out/p1002.json"));

    tiny.write("other/p1002.json", TinyProblem.PROBLEM);
    CommandRun other = solve(List.of(tiny.path("other/p1002.json")), "out");
    assertEquals(ExitCode.BAD_INPUT, other.exitCode());
    assertTrue(other.err().contains("is a solution of "), other.err());
    CommandRun forced = solve(List.of(tiny.path("other/p1002.json")), "out", "--force");
    assertEquals(ExitCode.SOLVED, forced.exitCode(), forced.err());
    assertTrue(tiny.read("out/p1002.json").contains("other/p1002.json"));
  }

  @Test
  void secondRunIntoAFolder_isRefused() {
    FolderLock lock = FolderLock.of(folder.resolve("out"), "out");
    CommandRun refused = solve(problems.subList(0, 1), "out");
    lock.close();
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("is being written by another run"), refused.err());
    assertEquals(ExitCode.SOLVED, solve(problems.subList(0, 1), "out").exitCode());
  }

  @Test
  void totalTime_isSharedByTheProblems() {
    CommandRun run =
        solve(problems.subList(0, 4), "out", "--total-time", "800ms", "--parallel", "2");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor made = JsonCursor.parse(tiny.read("out/p1001.json"), "p").get("rackplan");
    assertEquals(0.4, made.get("timeLimitSeconds").number());
    assertTrue(made.get("seconds").number() > 0);
  }

  @Test
  void sweep_solvesEveryCombination_andDrawsIt() throws IOException {
    tiny.write(
        "topologies/three-racks.json",
        TinyProblem.TOPOLOGY.replace("\"count\": 2", "\"count\": 3").replace("two-", "three-"));
    tiny.write(
        "sweeps/s.json",
        """
        {"name": "s", "problem": "../problems/tiny.json",
         "vary": {"workload.contextTokens": [500, 1000, 2000], "limits.memoryReserve": [0.1],
          "topology": ["../topologies/two-racks.json", "../topologies/three-racks.json"]},
         "seeds": [0, 5]}
        """);

    CommandRun run =
        solve(List.of(tiny.path("sweeps/s.json")), "out", "--results", tiny.path("results"));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().endsWith("12 solved\n"), run.out());
    JsonCursor fourth = JsonCursor.parse(tiny.read("out/s-04.json"), "s-04.json");
    assertEquals(5, fourth.get("rackplan").get("seed").number());
    List<JsonCursor> rows =
        JsonCursor.parse(tiny.read("results/results.json"), "results.json").list();
    assertEquals(500, rows.get(3).get("workload.contextTokens").number());
    assertTrue(rows.get(3).text("topology").equals("three-racks"), rows.get(3).text("topology"));
    assertEquals(2000, rows.get(11).get("workload.contextTokens").number());
    assertTrue(tiny.read("results/index.html").contains("Throughput over contextTokens"));

    // A variant is a problem: what its solution says is what a problem written out costs.
    tiny.variant("alone", "\"contextTokens\": 1000", "\"contextTokens\": 2000");
    tiny.write(
        "problems/alone.json",
        tiny.read("problems/alone.json")
            .replace("two-racks", "three-racks")
            .replace("\"tpotMillis\": 50", "\"tpotMillis\": 50, \"memoryReserve\": 0.1"));
    solve(List.of(tiny.path("problems/alone.json")), "alone", "--seed", "5");
    assertEquals(
        JsonCursor.parse(tiny.read("alone/alone.json"), "alone").get("evaluation").tree(),
        JsonCursor.parse(tiny.read("out/s-12.json"), "s-12").get("evaluation").tree());
    // Its base is two folders up, and the working directory elsewhere.
    CommandRun refused = CommandRun.of("verify", tiny.path("out/s-12.json"));
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("lies outside of what this file may name"), refused.err());
    assertEquals(
        ExitCode.SOLVED,
        CommandRun.of(
                "verify", "--allow-outside", tiny.path("out/s-12.json"), tiny.path("out/s-01.json"))
            .exitCode());
    assertEquals(
        ExitCode.BAD_INPUT, CommandRun.of("verify", tiny.path("out/s-12.json")).exitCode());
    assertTrue(
        solve(List.of(tiny.path("sweeps/s.json")), "out", "--resume").out().endsWith("12 done\n"));
  }

  @Test
  void index_opensWithoutComplaint_sorts_andLeadsToThePlans() {
    tiny.write(
        "sweeps/s.json",
        "{\"name\": \"s\", \"problem\": \"../problems/tiny.json\", \"vary\":"
            + " {\"workload.contextTokens\": [2000, 500, 1000]}}");
    CommandRun run =
        solve(List.of(tiny.path("sweeps/s.json")), "out", "--results", tiny.path("results"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    try (Browser browser = Browser.start(1024, 800, folder.resolve("profile"))) {
      browser.open(folder.resolve("results/index.html"));
      assertFalse(browser.driver().findElements(By.cssSelector("[data-chart] canvas")).isEmpty());
      browser.driver().findElement(By.xpath("//th/button[text()='contextTokens']")).click();
      List<String> tokens =
          browser.driver().findElements(By.cssSelector("tbody tr td:nth-child(2)")).stream()
              .map(WebElement::getText)
              .toList();
      assertTrue(
          tokens.equals(List.of("500", "1000", "2000"))
              || tokens.equals(List.of("2000", "1000", "500")),
          tokens.toString());
      assertEquals(List.of(), browser.complaints());
      assertEquals(List.of(), browser.requests());
      String first = tokens.get(0).equals("500") ? "s-2" : "s-1";
      browser.driver().findElement(By.cssSelector("tbody th a")).click();
      assertTrue(browser.driver().getTitle().contains(first), browser.driver().getTitle());
    }
  }

  @Test
  void badSweeps_sayWhere() {
    String good =
        "{\"name\": \"s\", \"problem\": \"../problems/tiny.json\", \"vary\":"
            + " {\"workload.contextTokens\": [1]}}";
    tiny.write("sweeps/none.json", good.replace("[1]", "[]"));
    tiny.write("sweeps/type.json", good.replace("[1]", "[\"many\"]"));
    tiny.write(
        "sweeps/key.json", good.replace("workload.contextTokens", "workload.contextTokens.x"));

    CommandRun none = solve(List.of(tiny.path("sweeps/none.json")), "out");
    assertEquals(ExitCode.BAD_INPUT, none.exitCode());
    assertTrue(none.err().contains("$.vary.workload.contextTokens"), none.err());
    CommandRun type = solve(List.of(tiny.path("sweeps/type.json")), "out");
    assertEquals(ExitCode.BAD_INPUT, type.exitCode());
    assertTrue(type.err().contains("$.workload.contextTokens: must be"), type.err());
    CommandRun key = solve(List.of(tiny.path("sweeps/key.json")), "out");
    assertEquals(ExitCode.BAD_INPUT, key.exitCode());
    assertTrue(key.err().contains("goes through contextTokens"), key.err());
  }

  @Test
  void patterns_standForTheirFiles() {
    CommandRun run = solve(List.of(tiny.path("problems/p100[12].json")), "out");
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    CommandRun stars = solve(List.of(tiny.path("problems/p*.json")), "out");
    assertEquals(ExitCode.SOLVED, stars.exitCode(), stars.err());
    assertTrue(stars.out().endsWith("6 solved\n"), stars.out());
    CommandRun nothing = solve(List.of(tiny.path("problems/q*.json")), "out");
    assertTrue(nothing.err().contains("matches no file"), nothing.err());
  }
}
