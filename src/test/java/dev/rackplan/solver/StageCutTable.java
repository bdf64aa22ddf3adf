package dev.rackplan.solver;

import dev.rackplan.ProblemText;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.EvenStages;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Largest over mean stage time of rackplan's cut and of the even one, for models whose layers
 * differ: the table of docs/stage-cuts.md, which {@code StageCutTableTest} writes with {@code
 * -Dgolden.update=true}.
 */
final class StageCutTable {
  private static final int[] CONTEXTS = {4096, 32768, 131072};
  private static final List<Case> CASES =
      List.of(
          new Case("gpt-oss-120b", true),
          new Case("gemma-3-27b", false),
          new Case("llama-4-maverick", true),
          new Case("qwen3-235b-a22b", true));

  private StageCutTable() {}

  private record Case(String model, boolean experts) {}

  /**
   * One model at one context.
   *
   * @param layers per stage of rackplan's cut
   * @param ours largest over mean stage time of it
   * @param even the same of the even cut
   * @param stepRatio largest stage time of the even cut over ours
   */
  record Row(
      String model, int context, List<Integer> layers, double ours, double even, double stepRatio) {
    String markdown() {
      return String.format(
          Locale.ROOT,
          "| %s | %d | %s | %.3f | %.3f | %.1f |",
          model,
          context,
          String.join(" ", layers.stream().map(String::valueOf).toList()),
          ours,
          even,
          100 * (stepRatio - 1));
    }
  }

  static List<Row> rows(Path folder) {
    List<Row> rows = new ArrayList<>();
    for (Case model : CASES) {
      for (int context : CONTEXTS) {
        rows.add(row(folder, model, context));
      }
    }
    return rows;
  }

  // 8 stages of 4 GPUs on 4 HGX H100 servers, 2 sequences a GPU and micro-batch.
  private static Row row(Path folder, Case model, int context) {
    String degrees =
        model.experts()
            ? "\"expertParallel\": 4, \"attentionTensorParallel\": 1"
            : "\"attentionTensorParallel\": 4";
    String experts = model.experts() ? ", \"redundantExperts\": 0" : "";
    Problem problem =
        ProblemText.decode(
            folder,
            model.model(),
            "h100-hgx-x4",
            "\"contextTokens\": " + context + ", \"concurrentSequences\": 64",
            model.experts(),
            ", \"precision\": {\"weights\": \"fp8\", \"kv\": \"fp8\"}, \"layout\": {\"replicas\": 1, \"pipelineStages\": 8, \"microBatches\": 8, "
                + degrees
                + experts
                + "}");
    Plan plan = PlanSolver.startPlan(problem).orElseThrow();
    Evaluator evaluator = new Evaluator(problem);
    Evaluation ours = evaluator.evaluate(plan);
    Plan evenPlan =
        BaselinePlans.of(problem, plan).stream()
            .filter(named -> named.name().equals(EvenStages.NAME))
            .findFirst()
            .orElseThrow()
            .plan();
    // The same experts, so that the cut is all that differs.
    Evaluation even =
        evaluator.evaluate(new Plan(plan.layout(), evenPlan.stages(), plan.experts()));
    return new Row(
        model.model(),
        context,
        plan.stages().stream().map(stage -> stage.lastLayer() - stage.firstLayer() + 1).toList(),
        ours.stageImbalance(),
        even.stageImbalance(),
        largest(even) / largest(ours));
  }

  private static double largest(Evaluation evaluation) {
    return evaluation.stages().stream().mapToDouble(stage -> stage.seconds()).max().orElseThrow();
  }
}
