package dev.rackplan.solver;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.PlanCost;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How good a plan is by the problem's objective.
 *
 * @param stepSeconds TPOT or TTFT of the slowest instance in s
 * @param tokensPerSecondPerGpu of the whole deployment
 * @param gpus that as many whole deployments have as meet the problem's demand; 0 where it has none
 * @param objectiveLoss smaller is better: s, or USD per token, or s·GPU per token
 */
record Standing(
    double stepSeconds, double tokensPerSecondPerGpu, double gpus, double objectiveLoss) {
  /** Smaller is better: the GPUs that are needed, of equals the loss by the objective. */
  double loss() {
    return gpus == 0 ? objectiveLoss : gpus + objectiveLoss / (1 + objectiveLoss);
  }

  /** How this compares with the best plan, in words. */
  String comparedWith(Standing best) {
    boolean alike = gpus == best.gpus;
    double percent = 100 * ((alike ? objectiveLoss / best.objectiveLoss : gpus / best.gpus) - 1);
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
        gpus(problem, layout, times * tokensPerSecondPerGpu * layout.gpus()),
        objectiveLoss);
  }

  private static double gpus(Problem problem, Layout layout, double tokensPerSecond) {
    return problem
        .limits()
        .demand()
        .map(demand -> layout.gpus() * demand.deployments(tokensPerSecond, layout.gpus()))
        .orElse(0.0);
  }

  /** Costs every instance of {@code plan}. */
  static Standing of(Problem problem, ProblemRouting routing, Plan plan) {
    double step = 0;
    double tokens = 0;
    double slowest = Double.POSITIVE_INFINITY;
    List<StageShape> first = List.of();
    List<StageCost> stages = List.of();
    for (int i = 0; i < plan.layout().replicas(); i++) {
      List<StageShape> shapes =
          PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), i);
      if (i == 0 || !PlanShapes.sameHosts(shapes, first)) {
        stages = PlanCost.stages(problem, routing, plan, shapes);
        first = shapes;
      }
      step = Math.max(step, PlanCost.stepSeconds(problem, plan.layout().microBatches(), stages));
      double instance = PlanCost.tokensPerSecond(problem, plan, stages);
      slowest = Math.min(slowest, instance);
      tokens += instance;
    }
    if (problem.workload().phase() == Phase.TRAINING) {
      tokens = plan.layout().replicas() * slowest;
    }
    return of(problem, plan.layout(), PlanCost.usdPerHour(problem, plan.stages()), step, tokens);
  }

  /** The best that a layout could reach if its stages were as fast as their bound. */
  static Standing ofBound(
      Problem problem, Layout layout, List<Stage> hosts, PipelineBound.StageTimes bound) {
    double step = bound.stepSeconds(problem, layout);
    double cycle =
        problem.workload().phase() == Phase.PREFILL
            ? bound.prefillCycleSeconds(layout.microBatches(), PlanCost.chunks(problem))
            : step;
    double tokens = layout.replicas() * PlanCost.tokensPerCycle(problem, layout);
    return of(problem, layout, PlanCost.usdPerHour(problem, hosts), step, tokens / cycle);
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
    double loss =
        switch (problem.objective()) {
          case THROUGHPUT -> 1 / perGpu;
          case LATENCY -> step;
          case COST -> usdPerHour.orElse(layout.gpus()) / 3600 / tokensPerSecond;
        };
    return new Standing(step, perGpu, gpus(problem, layout, tokensPerSecond), loss);
  }
}
