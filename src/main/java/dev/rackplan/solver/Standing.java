package dev.rackplan.solver;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How good a plan is by the problem's objective.
 *
 * @param stepSeconds TPOT or TTFT of the slowest instance in s
 * @param tokensPerSecondPerGpu of the whole deployment
 * @param loss what plans are compared by
 */
record Standing(double stepSeconds, double tokensPerSecondPerGpu, Loss loss) {

  /** How this compares with the best plan, in words. */
  String comparedWith(Standing best) {
    boolean alike = loss.gpus() == best.loss().gpus();
    double percent = 100 * (loss.ratioTo(best.loss()) - 1);
    String more = alike ? "worse" : "more GPUs for the rate";
    String less = alike ? "better" : "fewer GPUs for the rate";
    return String.format(
        Locale.ROOT, "%.1f%% %s than the best plan", Math.abs(percent), percent >= 0 ? more : less);
  }

  /** The same if it were {@code times} as fast as it seems: fewer GPUs may meet the demand. */
  Standing ifFaster(Problem problem, Layout layout, double times) {
    return new Standing(
        stepSeconds,
        tokensPerSecondPerGpu,
        new Loss(
            gpus(problem, layout, times * tokensPerSecondPerGpu * layout.gpus()),
            loss.objective()));
  }

  // GPUs that as many whole deployments have as meet the problem's demand; 0 where it has none.
  private static double gpus(Problem problem, Layout layout, double tokensPerSecond) {
    return problem
        .limits()
        .demand()
        .map(demand -> layout.gpus() * demand.deployments(tokensPerSecond, layout.gpus()))
        .orElse(0.0);
  }

  /** Costs every instance of {@code plan}. */
  static Standing of(Problem problem, ProblemRouting routing, Plan plan) {
    return of(problem, CostedPlan.of(problem, routing, plan, CostDetail.TIMES));
  }

  /** Of a plan that is costed. */
  static Standing of(Problem problem, CostedPlan costed) {
    Plan plan = costed.plan();
    return of(
        problem,
        plan.layout(),
        CostedPlan.usdPerHour(problem, plan.stages()),
        costed.stepSeconds(),
        costed.tokensPerSecond());
  }

  /** The best that a layout could reach if its stages were as fast as their bound. */
  static Standing ofBound(
      Problem problem, Layout layout, List<Stage> hosts, PipelineBound.StageTimes bound) {
    double tokens = layout.replicas() * PhaseCost.of(problem, layout).tokensPerCycle(layout);
    return of(
        problem,
        layout,
        CostedPlan.usdPerHour(problem, hosts),
        bound.stepSeconds(problem, layout),
        tokens / bound.cycleSeconds(problem, layout));
  }

  /**
   * From figures that are known.
   *
   * @param usdPerHour price of the layout's GPUs; empty where one is unknown: GPUs count alike
   * @param step TPOT or TTFT in s
   */
  static Standing of(
      Problem problem,
      Layout layout,
      OptionalDouble usdPerHour,
      double step,
      double tokensPerSecond) {
    double perGpu = tokensPerSecond / layout.gpus();
    double objective =
        switch (problem.objective()) {
          case THROUGHPUT -> 1 / perGpu;
          case LATENCY -> step;
          case COST -> usdPerHour.orElse(layout.gpus()) / 3600 / tokensPerSecond;
        };
    return new Standing(step, perGpu, new Loss(gpus(problem, layout, tokensPerSecond), objective));
  }
}
