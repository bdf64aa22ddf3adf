package dev.rackplan.cli.solving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.CommandRun;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSoFar;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a search that is killed leaves, in processes of their own. */
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(120)
class BestOnDiskTest {
  private static final String ANNOUNCED = "a first plan is in";
  private static final SolverOptions STEPS = new SolverOptions(1, OptionalLong.of(300), 0, 1);

  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  /** Kills a search of minutes, without a word to it, once it has said that a plan is there. */
  private void killSearch(String... more) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(List.of("solve", tiny.path("problems/tiny.json"), "-o", tiny.path("out")));
    arguments.addAll(List.of(more));
    Process process =
        new ProcessBuilder(CommandRun.inAProcess(List.of(), arguments))
            .redirectOutput(folder.resolve("out.txt").toFile())
            .start();
    try (BufferedReader err = process.errorReader()) {
      List<String> said = new ArrayList<>();
      for (String line = err.readLine(); line != null; line = err.readLine()) {
        said.add(line);
        if (line.contains(ANNOUNCED)) {
          break;
        }
      }
      assertTrue(said.get(said.size() - 1).contains(ANNOUNCED), said.toString());
    } finally {
      process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
    }
  }

  private JsonCursor provenance() {
    return JsonCursor.parse(tiny.read("out/tiny.json"), "tiny.json").get("rackplan");
  }

  @Test
  void killedSearch_leavesAPlanThatHolds_noWorseThanTheStart()
      throws IOException, InterruptedException {
    // With one layout there is one start.
    tiny.write(
        "problems/tiny.json",
        TinyProblem.PROBLEM
            .replace("\"pipelineStages\": [1, 2]", "\"pipelineStages\": 2")
            .replace("\"redundantExperts\": [0, 4]", "\"redundantExperts\": 4"));
    killSearch("--time-limit", "10m");

    CommandRun verified = CommandRun.of("verify", tiny.path("out/tiny.json"));
    assertEquals(ExitCode.SOLVED, verified.exitCode(), verified.out() + verified.err());
    Problem problem = ProblemFile.load(folder.resolve("problems/tiny.json"), "tiny.json").problem();
    Plan left = SolutionFile.read(folder.resolve("out/tiny.json"), "tiny.json", problem).plan();
    Plan start = PlanSolver.startPlan(problem).orElseThrow();
    assertFalse(PlanSolver.loss(problem, start).isLessThan(PlanSolver.loss(problem, left)));
    assertTrue(provenance().get("stopped").bool(), "a draft says that its search did not end");
  }

  @Test
  void killedSearch_isNotDone_andItsRerunEndsAsIfItHadNotBeen()
      throws IOException, InterruptedException {
    // More moves than any search makes before it is killed.
    killSearch("--steps", "1000000000");
    String draft = tiny.read("out/tiny.json");
    tiny.write("out/tiny.json", draft.replace("\"steps\": 1000000000", "\"steps\": 300"));

    CommandRun whole =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "-o", tiny.path("whole"), "--steps", "300");
    CommandRun again =
        CommandRun.of(
            "solve",
            tiny.path("problems/tiny.json"),
            "-o",
            tiny.path("out"),
            "--steps",
            "300",
            "--resume");

    assertEquals(ExitCode.SOLVED, whole.exitCode(), whole.err());
    assertEquals(ExitCode.SOLVED, again.exitCode(), again.err());
    assertFalse(again.err().contains("done before"), again.err());
    assertEquals(tiny.read("whole/tiny.json"), tiny.read("out/tiny.json"));
    assertTrue(Files.notExists(folder.resolve("out/.rackplan.lock")));
  }

  @Test
  void draft_isWrittenOnlyWhereItIsBetterThanWhatIsThere() {
    Problem problem = ProblemFile.load(folder.resolve("problems/tiny.json"), "tiny.json").problem();
    Judge judge = new Judge(problem);
    PlanSoFar soFar = new PlanSoFar();
    List<PlanReport> written = new ArrayList<>();
    PlanDrafts onNothing = new PlanDrafts(problem, soFar, judge, Optional::empty, written::add);
    assertFalse(onNothing.write(), "there is no plan yet");

    Plan plan =
        PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false, soFar)
            .plan()
            .orElseThrow();
    Loss loss = PlanSolver.loss(problem, plan);
    assertTrue(onNothing.write());
    assertTrue(onNothing.write(), "looks again");
    assertEquals(List.of(plan), written.stream().map(PlanReport::plan).toList());

    PlanDrafts onEqual =
        new PlanDrafts(problem, soFar, judge, () -> Optional.of(loss), written::add);
    assertTrue(onEqual.write());
    assertEquals(1, written.size(), "what is there is as good");
  }

  @Test
  void plansSoFar_endAtTheSearchsOwnPlan_andChangeNothingOfIt() {
    Problem problem = ProblemFile.load(folder.resolve("problems/tiny.json"), "tiny.json").problem();
    PlanSoFar soFar = new PlanSoFar();
    Loss start = PlanSolver.loss(problem, PlanSolver.startPlan(problem).orElseThrow());
    List<Plan> seen = new ArrayList<>();
    Plan watched =
        PlanSolver.solve(
                problem,
                STEPS,
                // From within the search: after each layer.
                (a, b, c, d, e) -> seen.addAll(soFar.plans()),
                () -> false,
                soFar)
            .plan()
            .orElseThrow();
    Plan unwatched =
        PlanSolver.solve(problem, STEPS, (a, b, c, d, e) -> {}, () -> false).plan().orElseThrow();

    assertEquals(unwatched, watched);
    assertEquals(List.of(watched), soFar.plans());
    assertTrue(
        seen.stream().anyMatch(plan -> PlanSolver.loss(problem, plan).isLessThan(start)),
        "a plan of the layers so far is better than the start before the search ends");
  }
}
