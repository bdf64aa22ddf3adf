package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
  @TempDir private Path folder;
  private TinyProblem tiny;
  private String problem;
  private String solution;

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    problem = tiny.path("problems/tiny.json");
    solution = tiny.path("solutions/tiny.json");
    assertEquals(
        0,
        CommandRun.of("solve", problem, "-o", tiny.path("solutions"), "--steps", "100").exitCode());
  }

  @Test
  void solution_isJudgedAsItWasWritten() {
    CommandRun run = CommandRun.of("evaluate", problem, "--solution", solution, "--json");

    assertEquals(new CommandRun(0, run.out(), ""), run);
    assertEquals(List.of(), run.json().get("differences").list());
    Map<?, ?> stored =
        (Map<?, ?>)
            JsonCursor.parse(tiny.read("solutions/tiny.json"), "tiny.json")
                .get("evaluation")
                .tree();
    stored.remove("layoutsTried");
    stored.remove("nextLayout");
    stored.remove("paretoFront");
    assertEquals(stored, run.json().get("evaluation").tree());
  }

  @Test
  void storedFigures_areNotTrusted() {
    String text = tiny.read("solutions/tiny.json");
    double tpot = JsonCursor.parse(text, "tiny.json").get("evaluation").get("tpotSeconds").number();
    tiny.write(
        "solutions/tiny.json",
        text.replaceFirst("\"tpotSeconds\": [^,]*,", "\"tpotSeconds\": 1.0E-9,"));

    CommandRun run = CommandRun.of("evaluate", problem, "--solution", solution, "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode());
    assertTrue(
        run.err().contains("the new figures count\n  tpotSeconds: 1.0E-9 in the file, "),
        run.err());
    assertEquals(tpot, run.json().get("evaluation").get("tpotSeconds").number());
    assertEquals(1, run.json().get("differences").list().size());
  }

  @Test
  void changedInputs_areSaid() {
    tiny.variant("tiny", "\"seed\": 3", "\"seed\": 5");

    CommandRun run = CommandRun.of("evaluate", problem, "--solution", solution);

    assertTrue(
        run.err().startsWith(solution + ": was made from other inputs than " + problem), run.err());
    assertTrue(run.out().contains("\nbottleneck: "), run.out());
  }

  @Test
  void expertMap_isPutOnALayoutWithAsManySlots() {
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,1,2,3], [7,6,5,4,3,2,1,0,0,0,0,0]]}");

    CommandRun run =
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"), "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.json().get("evaluation").get("balancedness").number() < 1);
  }

  @Test
  void expertMapWithSecondCopies_isJudgedAndSaysSo() {
    // The last layer: 7 6 5 | 4 3 2 | 1 0 0 | 0 0 0 on four GPUs.
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,1,2,3], [7,6,5,4,3,2,1,0,0,0,0,0]]}");

    CommandRun text = CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"));
    CommandRun json =
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"), "--json");

    assertEquals(ExitCode.SOLVED, text.exitCode(), text.err());
    assertTrue(
        text.out()
            .contains(
                "\nsecond copies: 3 slots with an expert that its GPU holds already (layer 2, expert 0 on rank 2)"),
        text.out());
    assertEquals(3, json.json().get("evaluation").get("secondCopies").number());
  }

  @Test
  void expertMapOfTheContiguousBaseline_costsWhatTheBaselineCosts() {
    tiny.write(
        "map.json", "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7], [0,1,2,3,4,5,6,7]]}");

    JsonCursor evaluation =
        CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"), "--json")
            .json()
            .get("evaluation");

    JsonCursor contiguous =
        evaluation.get("baselines").list().stream()
            .filter(baseline -> baseline.text("name").equals("contiguous"))
            .findFirst()
            .orElseThrow();
    assertEquals(contiguous.get("tpotSeconds").number(), evaluation.get("tpotSeconds").number());
    assertEquals(contiguous.get("balancedness").number(), evaluation.get("balancedness").number());
  }

  @Test
  void expertMapOfAnotherSize_namesTheSizesThatFit() {
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,0], [7,6,5,4,3,2,1,0,0,0]]}");

    CommandRun run = CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(
        tiny.path("map.json")
            + ": has 10 slots a layer, the layouts of tiny allow 8, 12\n  Add 2 to layout.redundantExperts of the problem.\n",
        run.err());
  }

  @Test
  void expertMapThatDoesNotDivide_isRefusedSinceEnginesRunNone() {
    String uneven =
        tiny.variant("uneven", "\"redundantExperts\": [0, 4]", "\"redundantExperts\": 1");
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0], [7,6,5,4,3,2,1,0,0]]}");

    CommandRun run = CommandRun.of("evaluate", uneven, "--expert-map", tiny.path("map.json"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(
        tiny.path("map.json")
            + ": has 9 slots a layer: they divide over no expertParallel of tiny\n"
            + "  Engines hold equally many on each GPU: give the expertParallel that the map was made for.\n",
        run.err());
  }

  @Test
  void neitherSource_isAUsageError() {
    CommandRun run = CommandRun.of("evaluate", problem);

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("--solution=FILE | --expert-map=FILE"), run.err());
  }
}
