package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SolveCommandTest {
  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private CommandRun solve(String problem, String output, String... more) {
    String[] arguments = new String[more.length + 6];
    String[] first = {"solve", problem, "-o", tiny.path(output), "--steps", "200"};
    System.arraycopy(first, 0, arguments, 0, 6);
    System.arraycopy(more, 0, arguments, 6, more.length);
    return CommandRun.of(arguments);
  }

  @Test
  void solution_holdsPlanAndEvaluationUnderTheirNames() {
    CommandRun run = solve(tiny.path("problems/tiny.json"), "solutions");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().startsWith("answer: TPOT "), run.out());
    assertTrue(
        run.out()
            .contains(
                "\ntiny: tiny-moe on two-racks, decode at a context of 1000 tokens;"
                    + " 4 of 8 GPUs idle: the problem says how many replicas\nlayout: "),
        run.out());
    assertTrue(
        run.err().endsWith("written to " + tiny.path("solutions/tiny.json") + "\n"), run.err());
    JsonCursor solution = JsonCursor.parse(tiny.read("solutions/tiny.json"), "tiny.json");
    assertEquals("../problems/tiny.json", solution.text("problem"));
    assertEquals(
        List.of("version", "seed", "steps", "inputSha256"), solution.get("rackplan").keys());
    JsonCursor evaluation = solution.get("evaluation");
    assertEquals(
        List.of(
            "feasible",
            "violations",
            "tpotSeconds",
            "confidence",
            "tokensPerSecond",
            "tokensPerSecondPerGpu",
            "usdPerMillionTokens",
            "bubbleFraction",
            "stageImbalance",
            "balancedness",
            "balancednessEven",
            "worstLayerBalancedness",
            "remoteDomainsPerToken",
            "scaleOutBytesPerToken",
            "homeShare",
            "bottleneck",
            "memory",
            "failures",
            "stages",
            "bound",
            "baselines",
            "gain",
            "layoutsTried",
            "paretoFront"),
        evaluation.keys());
    assertEquals(4, evaluation.get("layoutsTried").list().size());
    assertTrue(evaluation.get("bound").get("gap").number() >= 0);
  }

  @Test
  void plan_isNoSlowerThanAnyBaseline() {
    JsonCursor evaluation =
        solve(tiny.path("problems/tiny.json"), "solutions", "--json").json().get("evaluation");

    List<JsonCursor> baselines = evaluation.get("baselines").list();
    assertTrue(baselines.size() >= 4, baselines.size() + "");
    for (JsonCursor baseline : baselines) {
      assertTrue(
          evaluation.get("tpotSeconds").number()
              <= baseline.get("tpotSeconds").number() * (1 + 1e-12),
          baseline.text("name"));
    }
  }

  @Test
  void steps_giveTheSameBytesTwice() {
    solve(tiny.path("problems/tiny.json"), "once", "--threads", "1");
    solve(tiny.path("problems/tiny.json"), "twice", "--threads", "2");

    assertEquals(tiny.read("once/tiny.json"), tiny.read("twice/tiny.json"));
  }

  @Test
  void timeLimit_isWrittenWithTheDate() {
    CommandRun run =
        CommandRun.of(
            "solve",
            tiny.path("problems/tiny.json"),
            "-o",
            tiny.path("timed"),
            "--time-limit",
            "200ms");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    JsonCursor provenance =
        JsonCursor.parse(tiny.read("timed/tiny.json"), "tiny.json").get("rackplan");
    assertEquals(0.2, provenance.get("timeLimitSeconds").number());
    assertTrue(provenance.text("started").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
  }

  @Test
  void top_writesTheNextBestPlansBesideTheBest() {
    CommandRun run = solve(tiny.path("problems/tiny.json"), "best", "--top", "2", "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(tiny.has("best/tiny.json"));
    assertTrue(tiny.has("best/tiny.top-2.json"));
    assertFalse(tiny.has("best/tiny.top-3.json"));
    JsonCursor next = JsonCursor.parse(tiny.read("best/tiny.top-2.json"), "tiny.top-2.json");
    double second = next.get("evaluation").get("tokensPerSecondPerGpu").number();
    assertTrue(second <= run.json().get("evaluation").get("tokensPerSecondPerGpu").number());
    assertEquals(1, run.json().get("top").list().size());
    assertEquals(
        ExitCode.BAD_INPUT,
        solve(tiny.path("problems/tiny.json"), "none", "--top", "0").exitCode());
  }

  @Test
  void limitThatNoLayoutKeeps_exits3WithTheFiguresAndWritesNothing() {
    String problem = tiny.variant("late", "\"tpotMillis\": 50", "\"tpotMillis\": 0.001");

    CommandRun run = solve(problem, "solutions");

    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(
        run.err().contains("\n" + problem + ": no feasible plan; nothing written\n"), run.err());
    assertEquals(
        4,
        run.err()
            .lines()
            .filter(
                line -> line.matches(".*TPOT: \\d+\\.\\d\\d ms, limit 0\\.00 ms: .* ms too long.*"))
            .count(),
        run.err());
    assertFalse(tiny.has("solutions"));
  }

  @Test
  void memoryThatNoLayoutHas_isNamed() {
    String problem =
        tiny.variant("full", "\"concurrentSequences\": 256", "\"concurrentSequences\": 100000000");

    CommandRun run = solve(problem, "solutions", "--json");

    assertEquals(ExitCode.NO_FEASIBLE_PLAN, run.exitCode());
    assertTrue(
        run.json()
            .get("layoutsTried")
            .list()
            .get(0)
            .text("outcome")
            .matches(
                "memory: .* GB too much; would fit: at most \\d+ sequences a micro-batch instead of 100000000"),
        run.out());
    assertFalse(run.json().get("feasible").bool());
  }

  @Test
  void badFile_doesNotStopTheOthers() {
    String broken = tiny.variant("broken", "\"contextTokens\": 1000", "\"contextTokens\": -1");

    CommandRun run =
        CommandRun.of(
            "solve",
            broken,
            tiny.path("problems/tiny.json"),
            "-o",
            tiny.path("out"),
            "--steps",
            "50",
            "--json");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("] " + broken + ": $.workload.contextTokens: must be"), run.err());
    assertEquals(2, run.json().list().size());
    assertTrue(run.json().list().get(0).get("error").tree().toString().contains("was -1"));
    assertTrue(tiny.has("out/tiny.json"));
    assertFalse(tiny.has("out/broken.json"));
  }

  @Test
  void folder_isSolvedFileByFile() {
    tiny.variant("another", "\"seed\": 3", "\"seed\": 4");

    CommandRun run = solve(tiny.path("problems"), "out");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(tiny.has("out/another.json") && tiny.has("out/tiny.json"));
  }

  @Test
  void twoProblemsOfOneName_areRefusedBeforeSolving() {
    tiny.write("elsewhere/tiny.json", TinyProblem.PROBLEM);

    CommandRun run =
        solve(tiny.path("problems/tiny.json"), "out", tiny.path("elsewhere/tiny.json"));

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("would be written to"), run.err());
    assertFalse(tiny.has("out"));
  }

  @Test
  void problem_isNeverOverwritten() {
    CommandRun run = solve(tiny.path("problems/tiny.json"), "problems");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(TinyProblem.PROBLEM, tiny.read("problems/tiny.json"));
  }

  @ParameterizedTest
  @CsvSource({
    "--time-limit=20,  '20' is no duration",
    "--time-limit=0s,  must be more than nothing",
    "--steps=0,        steps must be >= 1",
    "--threads=0,      threads must be >= 1",
    "--seed=x,         'x' is not a long",
  })
  void badOptions_exit2(String option, String words) {
    CommandRun run =
        CommandRun.of("solve", tiny.path("problems/tiny.json"), "-o", tiny.path("out"), option);

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains(words), run.err());
    assertFalse(tiny.has("out"));
  }

  @Test
  void emptyPath_isNotTheCurrentFolder() {
    CommandRun run = solve("", "out");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(
        "command line: a path is empty\n  Give a path; '.' is the current folder.\n", run.err());
  }

  @Test
  void outputBelowAFile_isRefusedBeforeTheSearch() {
    CommandRun run = solve(tiny.path("problems/tiny.json"), "problems/tiny.json/out");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("is no writable folder\n  Give another folder"), run.err());
    assertFalse(run.err().contains("solving"), run.err());
  }

  @Test
  void stepsAndTimeLimit_excludeEachOther() {
    CommandRun run = solve(tiny.path("problems/tiny.json"), "out", "--time-limit", "1s");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("--time-limit and --steps exclude each other"), run.err());
  }
}
