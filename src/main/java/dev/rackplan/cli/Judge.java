package dev.rackplan.cli;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.NamedEvaluation;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.TriedLayout;
import dev.rackplan.solver.LayoutTrial;
import java.util.ArrayList;
import java.util.List;

/** Evaluates a plan and the usual plans of its layout. */
final class Judge {
  private Judge() {}

  static PlanReport report(Problem problem, Plan plan, List<LayoutTrial> trials) {
    Evaluator evaluator = new Evaluator(problem);
    List<NamedEvaluation> baselines = new ArrayList<>();
    for (NamedPlan baseline : BaselinePlans.of(problem, plan)) {
      baselines.add(new NamedEvaluation(baseline.name(), evaluator.evaluate(baseline.plan())));
    }
    return new PlanReport(problem, plan, evaluator.evaluate(plan), baselines, layouts(trials));
  }

  static List<TriedLayout> layouts(List<LayoutTrial> trials) {
    return trials.stream()
        .map(
            trial ->
                new TriedLayout(
                    trial.layout(),
                    trial.stepSeconds(),
                    trial.tokensPerSecondPerGpu(),
                    trial.outcome()))
        .toList();
  }
}
