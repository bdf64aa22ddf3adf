package dev.rackplan.cli.file;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.NamedEvaluation;
import dev.rackplan.report.PlanReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Evaluates plans of a problem, and the usual plans of their layouts. Plans that share stages and
 * numbers of slots share the usual plans, which are then judged once. Safe to share between
 * threads.
 */
public final class Judge {
  private final Problem problem;
  private final Evaluator evaluator;
  private Optional<Usual> usual = Optional.empty();

  /** What the usual plans depend on. */
  private record Frame(Layout layout, List<Stage> stages, List<Integer> slots) {
    static Frame of(Plan plan) {
      return new Frame(
          plan.layout(),
          plan.stages(),
          plan.experts().values().stream().map(ExpertMap::slots).toList());
    }
  }

  private record Usual(Frame frame, List<NamedEvaluation> evaluations) {}

  public Judge(Problem problem) {
    this(problem, new Evaluator(problem));
  }

  /** With routing that was mixed before. */
  public Judge(Problem problem, ProblemRouting routing) {
    this(problem, new Evaluator(problem, routing));
  }

  private Judge(Problem problem, Evaluator evaluator) {
    this.problem = problem;
    this.evaluator = evaluator;
  }

  /** Of a plan that was not searched for. */
  public static PlanReport report(Problem problem, Plan plan) {
    return new Judge(problem).report(plan, List.of(), List.of());
  }

  /** The same of a plan that {@code evaluator} costed. */
  public static PlanReport report(Problem problem, Evaluator evaluator, CostedPlan costed) {
    return new Judge(problem, evaluator).report(costed, List.of(), List.of());
  }

  /** What {@code plan} costs, to be reported. */
  public CostedPlan cost(Plan plan) {
    return evaluator.cost(plan, CostDetail.FIGURES);
  }

  public PlanReport report(Plan plan, List<LayoutTrial> trials, List<FrontPoint> front) {
    return report(cost(plan), trials, front);
  }

  public PlanReport report(CostedPlan costed, List<LayoutTrial> trials, List<FrontPoint> front) {
    return new PlanReport(
        problem, costed.plan(), evaluator.evaluate(costed), usual(costed.plan()), trials, front);
  }

  private synchronized List<NamedEvaluation> usual(Plan plan) {
    Frame frame = Frame.of(plan);
    if (usual.isEmpty() || !usual.get().frame().equals(frame)) {
      List<NamedEvaluation> evaluations = new ArrayList<>();
      for (NamedPlan baseline : BaselinePlans.of(problem, plan)) {
        evaluations.add(new NamedEvaluation(baseline.name(), evaluator.evaluate(baseline.plan())));
      }
      usual = Optional.of(new Usual(frame, List.copyOf(evaluations)));
    }
    return usual.get().evaluations();
  }
}
