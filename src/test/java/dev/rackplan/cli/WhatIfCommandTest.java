package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

class WhatIfCommandTest {
  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private CommandRun whatIf(String... more) {
    return CommandRun.of(
        Stream.concat(
                Stream.of("what-if", tiny.path("problems/tiny.json"), "--steps", "50"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static List<JsonCursor> rows(CommandRun run, String sheet) {
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return run.json().get(sheet).get("rows").list();
  }

  @Test
  void design_costsWhatAProblemWrittenSoCosts() {
    CommandRun run =
        whatIf("--set", "workload.contextTokens=4000", "--set", "model.experts=16", "--json");
    assertEquals(4, rows(run, "topology1").size());

    // Written out, with the layout left open as there.
    tiny.write(
        "models/tiny-moe.json", TinyProblem.MODEL.replace("\"experts\": 8", "\"experts\": 16"));
    tiny.write(
        "problems/open.json",
        TinyProblem.PROBLEM
            .replaceFirst("\"layout\".*?\\},\\R?", "")
            .replace("\"contextTokens\": 1000", "\"contextTokens\": 4000"));
    CommandRun solved =
        CommandRun.of(
            "solve",
            tiny.path("problems/open.json"),
            "--steps",
            "50",
            "-o",
            tiny.path("s"),
            "--json");
    assertEquals(
        solved.json().get("evaluation").get("tokensPerSecondPerGpu").number(),
        rows(run, "topology1").get(3).get("tokensPerSecondPerGpu").number(),
        1e-9);
    assertEquals("all of these", rows(run, "topology1").get(3).text("design"));
  }

  @Test
  void load_goesWithTheGpus_onOtherTopologies() {
    tiny.write(
        "topologies/four-racks.json",
        TinyProblem.TOPOLOGY.replace("\"count\": 2", "\"count\": 4").replace("two-", "four-"));
    CommandRun run =
        whatIf(
            "--set",
            "model.expertsPerToken=1",
            "--topology",
            tiny.path("topologies/two-racks.json"),
            "--topology",
            tiny.path("topologies/four-racks.json"),
            "--json");
    for (int i = 1; i <= 2; i++) {
      String layout = rows(run, "topology" + i).get(0).text("layout");
      int[] degrees =
          Stream.of(layout.split("[^0-9]+"))
              .filter(digits -> !digits.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      assertEquals(256L * i, (long) degrees[0] * degrees[4] * degrees[5], layout);
    }
    // Half the chosen experts are less work anywhere.
    for (int i = 1; i <= 2; i++) {
      assertTrue(rows(run, "topology" + i).get(1).get("toFirst").number() > 1);
      assertTrue(
          run.json().get("topology" + i).text("sentence").contains("rewards expertsPerToken=1 (+"));
    }
  }

  @Test
  void designThatFitsNowhere_isSaid_andNoneAtAllIsExitCode3() {
    CommandRun run = whatIf("--set", "limits.tpotMillis=0.0001", "--json");
    assertEquals("no plan fits", rows(run, "topology1").get(1).text("layout"));
    assertTrue(run.json().get("topology1").text("sentence").contains("(no plan fits)"), run.out());
    tiny.variant("tiny", "\"tpotMillis\": 50", "\"tpotMillis\": 0.0001");
    assertEquals(ExitCode.NO_FEASIBLE_PLAN, whatIf().exitCode());
  }

  @Test
  void page_opensWithoutComplaint() {
    CommandRun run = whatIf("--set", "model.experts=16", "--html", tiny.path("w.html"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    try (Browser browser = Browser.start(1000, 800, folder.resolve("profile"))) {
      browser.open(Path.of(tiny.path("w.html")));
      assertTrue(
          browser
              .driver()
              .findElement(By.cssSelector("[data-chart=topology1Bars] canvas"))
              .isDisplayed());
      assertEquals(List.of(), browser.complaints());
    }
  }

  @Test
  void badOptions_areNamed() {
    assertBad(whatIf("--html", tiny.path("problems/tiny.json")), "would write over");
    assertBad(whatIf("--set", "experts"), "--set takes KEY=VALUE, was 'experts'");
    assertBad(whatIf("--set", "model.experts=many"), "takes a number, was 'many'");
    assertBad(whatIf("--set", "model.expert=3"), "model.expert is unknown");
    assertBad(whatIf("--set", "topology=x.json"), "--set can't change topology");
    assertBad(whatIf("--set", "workload.contextToken=3"), "did you mean \"contextTokens\"");
    assertBad(whatIf("--set", "model.latentRank=3"), "needs layers of latent attention");
  }

  private static void assertBad(CommandRun run, String words) {
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.out());
    assertTrue(run.err().contains(words), run.err());
  }
}
