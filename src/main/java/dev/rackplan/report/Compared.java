package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;

/**
 * One of several plans that are compared: what is shown of it, without its routing.
 *
 * @param name as shown, such as the solution's file
 * @param workload phase and context in words
 */
public record Compared(
    String name,
    String model,
    String topology,
    String workload,
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
        name, problem.model().name(), problem.topology().name(), workload, layout, evaluation);
  }
}
