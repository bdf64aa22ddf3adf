package dev.rackplan.cli;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.ProblemRouting;
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
    return report(problem, ProblemRouting.of(problem), plan);
  }

  /** The same with the problem's routing, for who needs it too. */
  static PlanReport report(Problem problem, ProblemRouting routing, Plan plan) {
    return report(problem, new Evaluator(problem, routing), plan, List.of(), List.of());
  }

  static PlanReport report(
      Problem problem, Plan plan, List<LayoutTrial> trials, List<FrontPoint> front) {
    return report(problem, new Evaluator(problem), plan, trials, front);
  }

  private static PlanReport report(
      Problem problem,
      Evaluator evaluator,
      Plan plan,
      List<LayoutTrial> trials,
      List<FrontPoint> front) {
    List<NamedEvaluation> baselines = new ArrayList<>();
    for (NamedPlan baseline : BaselinePlans.of(problem, plan)) {
      baselines.add(new NamedEvaluation(baseline.name(), evaluator.evaluate(baseline.plan())));
    }
    return new PlanReport(problem, plan, evaluator.evaluate(plan), baselines, trials, front);
  }
}
