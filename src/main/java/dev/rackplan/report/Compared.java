package dev.rackplan.report;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.List;

/**
 * One of several plans that are compared: what is shown of it, without its routing.
 *
 * @param name as shown, such as the solution's file
 * @param workload phase and context in words
 * @param phase of the workload
 * @param stepTerms what the step is made of: each stage's terms as often as they count in it,
 *     nothing hidden, in s
 */
public record Compared(
    String name,
    String model,
    String topology,
    String workload,
    Phase phase,
    Breakdown stepTerms,
    Layout layout,
    Evaluation evaluation) {

  /** What its tokens are: figures of one kind of plans compare with each other. */
  public String kind() {
    return evaluation.training().isPresent()
        ? "training"
        : evaluation.tpotSeconds().isPresent() ? "decode" : "prefill";
  }

  public static Compared of(String name, Problem problem, Layout layout, Evaluation evaluation) {
    String workload =
        problem.workload().phase().words()
            + " "
            + Figures.fixed(problem.workload().contextTokens(), 0)
            + SummaryText.cached(problem.workload().contexts());
    return new Compared(
        name,
        problem.model().name(),
        problem.topology().name(),
        workload,
        problem.workload().phase(),
        stepTerms(problem, layout, evaluation.stages()),
        layout,
        evaluation);
  }

  private static Breakdown stepTerms(Problem problem, Layout layout, List<CostedStage> stages) {
    double[] passes =
        PhaseCost.of(problem, layout)
            .stagePasses(layout.microBatches(), stages.stream().map(CostedStage::seconds).toList());
    Breakdown terms = Breakdown.NONE;
    for (int s = 0; s < passes.length; s++) {
      terms = terms.plus(stages.get(s).terms().times(passes[s]));
    }
    return terms;
  }
}
