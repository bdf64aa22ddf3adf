package dev.rackplan.cli;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.NamedEvaluation;
import dev.rackplan.report.PlanReport;
import java.util.ArrayList;
import java.util.List;

/** Evaluates a plan and the usual plans of its layout. */
final class Judge {
  private Judge() {}

  /** Of a plan that was not searched for. */
  static PlanReport report(Problem problem, Plan plan) {
    return report(problem, plan, List.of(), List.of());
  }

  /** The same of a plan that {@code evaluator} costed. */
  static PlanReport report(Problem problem, Evaluator evaluator, CostedPlan costed) {
    return report(problem, evaluator, costed, List.of(), List.of());
  }

  static PlanReport report(
      Problem problem, Plan plan, List<LayoutTrial> trials, List<FrontPoint> front) {
    Evaluator evaluator = new Evaluator(problem);
    return report(problem, evaluator, evaluator.cost(plan, CostDetail.FIGURES), trials, front);
  }

  private static PlanReport report(
      Problem problem,
      Evaluator evaluator,
      CostedPlan costed,
      List<LayoutTrial> trials,
      List<FrontPoint> front) {
    Plan plan = costed.plan();
    List<NamedEvaluation> baselines = new ArrayList<>();
    for (NamedPlan baseline : BaselinePlans.of(problem, plan)) {
      baselines.add(new NamedEvaluation(baseline.name(), evaluator.evaluate(baseline.plan())));
    }
    return new PlanReport(problem, plan, evaluator.evaluate(costed), baselines, trials, front);
  }
}
