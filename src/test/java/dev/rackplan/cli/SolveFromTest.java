package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code solve --from} and {@code --layers}: layer 0 of the tiny model is dense, 1 and 2 are not.
 */
class SolveFromTest {
  // Every GPU of the stage has two of the experts; the loads are uneven.
  private static final String MAP =
      "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,1,2,3], [7,6,5,4,3,2,1,0,0,1,2,3]]}";

  @TempDir private Path folder;
  private TinyProblem tiny;
  private String problem;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    problem = tiny.path("problems/tiny.json");
    tiny.write("map.json", MAP);
  }

  private CommandRun from(String start, String output, String... more) {
    String[] first = {
      "solve", problem, "--from", tiny.path(start), "-o", tiny.path(output), "--json"
    };
    String[] arguments = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, arguments, first.length, more.length);
    return CommandRun.of(arguments);
  }

  private JsonCursor plan(String solution) {
    return JsonCursor.parse(tiny.read(solution), solution).get("plan");
  }

  @Test
  void result_isNeverWorseThanTheMap() {
    // Of recorded tokens the search minimises the mean of parts, and the whole must not get worse.
    String loads = problem;
    String tokens =
        tiny.variant(
            "tokens",
            "\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}",
            "\"topics\": {\"seed\": 1, \"affinity\": 1.5}, \"holdOut\": 0.5");
    Lcg random = new Lcg(5);
    for (int trial = 0; trial < 12; trial++) {
      problem = trial % 3 == 0 ? tokens : loads;
      boolean redundant = random.coin();
      tiny.write(
          "map.json",
          "{\"physical_to_logical_map\": [[0], "
              + slots(random, redundant)
              + ", "
              + slots(random, redundant)
              + "]}");
      double given =
          CommandRun.of("evaluate", problem, "--expert-map", tiny.path("map.json"), "--json")
              .json()
              .get("evaluation")
              .get("tpotSeconds")
              .number();

      CommandRun run = from("map.json", "out", "--force", "--steps", trial % 2 == 0 ? "1" : "40");

      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      JsonCursor evaluation = run.json().get("evaluation");
      assertTrue(evaluation.get("tpotSeconds").number() <= given, "trial " + trial);
      assertEquals(
          redundant ? 4 : 0,
          plan(trial % 3 == 0 ? "out/tokens.json" : "out/tiny.json")
              .get("layout")
              .get("redundantExperts")
              .number());
      assertEquals(1, evaluation.get("layoutsTried").list().size());
    }
  }

  private static String slots(Lcg random, boolean redundant) {
    int[] order = random.order(8);
    int[] slots = Arrays.copyOf(order, redundant ? 12 : 8);
    for (int i = 8; i < slots.length; i++) {
      slots[i] = random.in(0, 7);
    }
    return Arrays.toString(slots);
  }

  @Test
  void solvedPlan_comesOutNoWorse() {
    CommandRun.of("solve", problem, "-o", tiny.path("first"), "--steps", "300");
    double first =
        JsonCursor.parse(tiny.read("first/tiny.json"), "tiny.json")
            .get("evaluation")
            .get("tpotSeconds")
            .number();

    CommandRun run = from("first/tiny.json", "second", "--steps", "50", "--seed", "9");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.json().get("evaluation").get("tpotSeconds").number() <= first);
    assertEquals(
        plan("first/tiny.json").get("layout").tree(),
        plan("second/tiny.json").get("layout").tree());
  }

  @Test
  void layersNotNamed_stayAsTheyAre() {
    for (String stages : List.of("1", "2")) {
      problem =
          tiny.variant("staged", "\"pipelineStages\": [1, 2]", "\"pipelineStages\": " + stages);
      assertEquals(ExitCode.SOLVED, from("map.json", "first", "--steps", "1").exitCode());
      // A solution whose experts are badly placed, so that searched layers change.
      String text = tiny.read("first/staged.json");
      tiny.write(
          "bad.json",
          text.replaceFirst("(?s)\"1\": \\[.*?\\]", "\"1\": [0,1,0,1,2,3,4,5,6,7,6,7]")
              .replaceFirst("(?s)\"2\": \\[.*?\\]", "\"2\": [0,1,0,1,2,3,4,5,6,7,6,7]"));

      CommandRun run = from("bad.json", "second", "--steps", "200", "--layers", "2");

      assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
      JsonCursor before = plan("bad.json");
      JsonCursor after = plan("second/staged.json");
      assertEquals(before.get("layout").tree(), after.get("layout").tree());
      assertEquals(before.get("stages").tree(), after.get("stages").tree());
      assertEquals(before.get("experts").get("1").tree(), after.get("experts").get("1").tree());
      assertNotEquals(before.get("experts").get("2").tree(), after.get("experts").get("2").tree());
    }
  }

  @Test
  void stagesOnGpusInAnyOrder_areKept() {
    problem = tiny.variant("staged", "\"pipelineStages\": [1, 2]", "\"pipelineStages\": 1");
    from("map.json", "first", "--steps", "1");
    String name = "rack-0/domain-0/node-0/gpu-";
    tiny.write(
        "odd.json",
        tiny.read("first/staged.json")
            .replace(name + "0", "rack-1/domain-0/node-0/gpu-3")
            .replace(name + "2", name + "0"));

    CommandRun run = from("odd.json", "second", "--steps", "50");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        plan("odd.json").get("stages").tree(), plan("second/staged.json").get("stages").tree());
  }

  @Test
  void steps_giveTheSameBytesTwice() {
    from("map.json", "once", "--steps", "80", "--threads", "1");
    from("map.json", "twice", "--steps", "80", "--threads", "2");

    assertEquals(tiny.read("once/tiny.json"), tiny.read("twice/tiny.json"));
  }

  @Test
  void mapOfOtherSlots_isRefused() {
    tiny.write(
        "map.json",
        "{\"physical_to_logical_map\": [[0], [0,1,2,3,4,5,6,7,0,0], [7,6,5,4,3,2,1,0,0,0]]}");

    CommandRun run = from("map.json", "out", "--steps", "10");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(
        tiny.path("map.json")
            + ": has 10 slots a layer, the layouts of tiny allow 8, 12\n  Add 2 to layout.redundantExperts of the problem.\n",
        run.err());
    assertFalse(tiny.has("out/tiny.json"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"redundantExperts\": [0, 4] | \"redundantExperts\": 0 | redundantExperts 4, the problem allows 0",
        "\"concurrentSequences\": 256 | \"concurrentSequences\": 128 | sequencesPerMicroBatch 256, the problem allows 128",
        "\"pipelineStages\": [1, 2] | \"pipelineStages\": 2 | pipelineStages 1, the problem allows 2",
      })
  void solutionOfAnotherLayout_isRefused(String key, String other, String fault) {
    String one = tiny.variant("tiny", "\"pipelineStages\": [1, 2]", "\"pipelineStages\": 1");
    problem = one;
    from("map.json", "first", "--steps", "1");
    problem = tiny.variant("tiny", key, other);

    CommandRun run = from("first/tiny.json", "out", "--steps", "10");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err()
            .startsWith(
                tiny.path("first/tiny.json")
                    + ": $.plan.layout: is no layout of tiny: "
                    + fault
                    + "\n  Begin with a solution"),
        run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "0 | '0' has no layer with experts\\n  Layers with experts of tiny-moe: 1-2.",
        "1,x | 'x' is no layer or range of layers",
        "1-3 | '1-3' is not in 0..2",
        "2-1 | '2-1' is not in 0..2",
        "`` | '' is no layer or range of layers",
      })
  void badLayers_areNamed(String layers, String words) {
    CommandRun run = from("map.json", "out", "--steps", "10", "--layers", layers);

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().startsWith("command line: --layers: " + words.replace("\\n", "\n")), run.err());
  }

  @Test
  void layersWithoutAPlan_andAPlanForTwoProblems_areUsageErrors() {
    CommandRun alone = CommandRun.of("solve", problem, "--layers", "1");
    CommandRun two =
        CommandRun.of(
            "solve", problem, tiny.variant("b", "\"seed\": 3", "\"seed\": 4"), "--from", "x.json");

    assertEquals(ExitCode.BAD_INPUT, alone.exitCode());
    assertTrue(alone.err().contains("--layers needs --from"), alone.err());
    assertEquals(ExitCode.BAD_INPUT, two.exitCode());
    assertTrue(two.err().contains("--from begins one problem: give one, not 2"), two.err());
  }

  @Test
  void map_isNeverOverwrittenByTheSolution() {
    tiny.write("out/tiny.json", MAP);

    CommandRun run = from("out/tiny.json", "out", "--steps", "10");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(MAP, tiny.read("out/tiny.json"));
  }
}
