package dev.rackplan.solver;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/** Step time of a plan's first instance as its layers get faster one by one. Mutable. */
final class ReachedStep {
  private final Problem problem;
  private final Layout layout;
  private final List<Double> stageSeconds;

  private ReachedStep(Problem problem, Layout layout, List<Double> stageSeconds) {
    this.problem = problem;
    this.layout = layout;
    this.stageSeconds = new ArrayList<>(stageSeconds);
  }

  static ReachedStep of(Problem problem, ProblemRouting routing, Plan start) {
    CostedPlan costed = CostedPlan.of(problem, routing, start, CostDetail.TIMES);
    return new ReachedStep(problem, start.layout(), costed.instances().get(0).seconds());
  }

  /** TPOT, TTFT or step time in s after a layer of {@code stage} got so much faster, in s. */
  double after(int stage, double savedSeconds) {
    stageSeconds.set(stage, stageSeconds.get(stage) - savedSeconds);
    return PhaseCost.of(problem, layout).stepSecondsOf(layout.microBatches(), stageSeconds);
  }
}
