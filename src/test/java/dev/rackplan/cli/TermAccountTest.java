package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.TermAccount;
import dev.rackplan.cost.TermPart;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.report.TermText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --explain}: every term of a plan is the sum of parts that say what prices them. */
class TermAccountTest {
  private static final double ROUNDING = 1e-9;

  /** Plans that have, between them, every term. */
  private static final List<String> PLANS =
      List.of(
          "deepseek-v3-decode-gb200",
          "deepseek-v3-prefill-h100",
          "deepseek-v3-training-h800",
          "gemma-3-27b-pipeline",
          "gpt-oss-120b-decode-h100",
          "llama-3.1-405b-training-h100");

  @TempDir private Path folder;

  @Test
  void everyTerm_isTheSumOfItsParts() {
    Set<Term> seen = EnumSet.noneOf(Term.class);
    List<String> solutions = new ArrayList<>();
    PLANS.forEach(plan -> solutions.add("solutions/" + plan + ".json"));
    solutions.addAll(more());
    for (String solution : solutions) {
      Solved solved = Solved.read(solution);
      CostedPlan costed = new Evaluator(solved.problem()).cost(solved.plan(), CostDetail.FIGURES);
      for (Term term : Term.values()) {
        TermAccount account = TermAccount.of(solved.problem(), costed, term);
        double sum = account.parts().stream().mapToDouble(TermPart::seconds).sum();
        assertEquals(
            account.seconds(), sum, ROUNDING * account.seconds(), () -> solution + ": " + account);
        if (account.seconds() > 0) {
          seen.add(term);
          assertSays(account);
        }
      }
    }

    assertEquals(EnumSet.allOf(Term.class), seen);
  }

  // Drafts with divided contexts, weights that are gathered, experts in slices: no committed plan
  // has them.
  private List<String> more() {
    return List.of(
        solved(
            """
            {"name": "drafts", "model": "qwen3-235b-a22b", "topology": "TOPOLOGY",
             "workload": {"phase": "decode", "contextTokens": 4096, "concurrentSequences": 64,
               "queryTokens": 2, "acceptedTokens": 1.8,
               "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}},
             "layout": {"replicas": 1, "pipelineStages": 1, "expertParallel": 16,
               "attentionTensorParallel": 8, "decodeContextParallel": 2}}
            """),
        solved(
            """
            {"name": "fsdp", "model": "gemma-3-27b", "topology": "TOPOLOGY",
             "workload": {"phase": "training", "contextTokens": 256,
               "training": {"globalBatchTokens": 4096, "schedule": "1f1b", "zeroStage": 3}},
             "layout": {"replicas": 16, "pipelineStages": 1, "attentionTensorParallel": 1,
               "sequencesPerMicroBatch": 1}}
            """),
        solved(
            """
            {"name": "slices", "model": "qwen3-30b-a3b", "topology": "TOPOLOGY",
             "workload": {"phase": "training", "contextTokens": 256,
               "training": {"globalBatchTokens": 4096}, "routing": {"powerLaw": {"alpha": 1.01, "seed": 1}}},
             "layout": {"replicas": 4, "pipelineStages": 1, "attentionTensorParallel": 2,
               "expertParallel": 2, "expertTensorParallel": 2, "sequencesPerMicroBatch": 2}}
            """));
  }

  private String solved(String problem) {
    String topology = Path.of("docs/guide/inputs/two-nodes.json").toAbsolutePath().toString();
    String name = JsonCursor.parse(problem, "problem").get("name").text();
    new TinyProblem(folder).write(name + ".json", problem.replace("TOPOLOGY", topology));
    Path plans = folder.resolve("plans");
    CommandRun run =
        CommandRun.of(
            "solve",
            folder.resolve(name + ".json").toString(),
            "-o",
            plans.toString(),
            "--steps",
            "1");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return plans.resolve(name + ".json").toString();
  }

  private static void assertSays(TermAccount account) {
    String text = TermText.of(account, "step");
    assertTrue(text.contains("formula"), text);
    assertTrue(text.contains("inputs"), text);
    assertTrue(text.contains("error"), text);
    text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }
}
