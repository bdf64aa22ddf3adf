package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.CommandRun;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.json.InputException;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The door for programs says what the commands say. */
class RackplanTest {
  private static final Path PAGE = Path.of("docs/guide/use-from-java.md");
  private static final Path EXAMPLE = Path.of("src/test/java/dev/rackplan/RackplanExample.java");

  @Test
  void plan_keepsLimitsAndIsTheSameAgain() {
    Problem problem = Rackplan.problem(Path.of("problems/gpt-22b-training-a100.json"));
    Plan plan = Rackplan.plan(problem, Rackplan.Search.steps(20)).orElseThrow();

    assertEquals(plan, Rackplan.plan(problem, Rackplan.Search.steps(20)).orElseThrow());
    assertTrue(Rackplan.evaluate(problem, plan).feasible());
  }

  @Test
  void evaluate_saysWhatTheCommandSays() {
    Path solution = Path.of("solutions/gemma-3-27b-pipeline.json");
    Problem problem = Rackplan.problemOf(solution);
    Evaluation evaluation = Rackplan.evaluate(problem, Rackplan.solution(solution, problem));
    CommandRun run =
        CommandRun.of(
            "evaluate",
            "problems/gemma-3-27b-pipeline.json",
            "--solution",
            solution.toString(),
            "--json");

    assertEquals(
        run.json().get("evaluation").get("tpotSeconds").number(), evaluation.stepSeconds());
  }

  @Test
  void export_givesTheFilesOfATarget() {
    Path solution = Path.of("solutions/gemma-3-27b-pipeline.json");
    Problem problem = Rackplan.problemOf(solution);
    Plan plan = Rackplan.solution(solution, problem);
    Map<String, String> files = Rackplan.export("gemma", problem, plan, "vllm");

    assertTrue(files.get("launch.sh").contains("vllm"), () -> files.keySet().toString());
    InputException refusal =
        assertThrows(InputException.class, () -> Rackplan.export("gemma", problem, plan, "nobody"));
    assertTrue(refusal.getMessage().contains("sglang"), refusal.getMessage());
  }

  /** The page's example is compiled, and runs. */
  @Test
  void example_isThatOfThePage() throws IOException {
    String source = Files.readString(EXAMPLE);
    String body = source.substring(source.indexOf("/** Plans"));

    assertTrue(
        Files.readString(PAGE).replace("\r", "").contains("```java\n" + body + "```"),
        () -> PAGE + " does not have the example of " + EXAMPLE);
    assertTrue(RackplanExample.plan(Path.of("docs/guide/inputs/chat.json"), 20) > 0);
  }
}
