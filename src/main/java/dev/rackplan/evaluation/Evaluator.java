package dev.rackplan.evaluation;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.DrawnSteps;
import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.TallyCounter;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/** Judges plans of one problem. Safe to share between threads. */
public final class Evaluator {
  private final Problem problem;
  private final ProblemRouting routing;
  private final TallyCounter counter;
  private final DrawnSteps drawnSteps;
  private final Map<Hosts, PipelineBound.StageTimes> bounds = new ConcurrentHashMap<>();

  private record Hosts(Layout layout, List<List<Integer>> gpusOfStages) {}

  public Evaluator(Problem problem) {
    this(problem, ProblemRouting.of(problem));
  }

  /** With routing that was mixed before. */
  public Evaluator(Problem problem, ProblemRouting routing) {
    this(problem, routing, TallyCounter.COUNT);
  }

  /** The same whose placements {@code counter} counts. */
  public Evaluator(Problem problem, ProblemRouting routing, TallyCounter counter) {
    this.problem = problem;
    this.routing = routing;
    this.counter = counter;
    this.drawnSteps = new DrawnSteps(problem, routing);
  }

  /** What {@code plan} costs, to be judged; it must fit the problem's model and topology. */
  public CostedPlan cost(Plan plan, CostDetail detail) {
    return CostedPlan.of(EngineGround.of(problem, plan), routing, plan, detail, counter);
  }

  /**
   * Everything about {@code plan}, computed again. The plan must fit the problem's model and
   * topology.
   */
  public Evaluation evaluate(Plan plan) {
    return evaluate(cost(plan, CostDetail.FIGURES));
  }

  /** The same of a plan that is costed with its figures. */
  public Evaluation evaluate(CostedPlan costed) {
    Plan plan = costed.plan();
    Problem asked = EngineGround.of(problem, plan);
    Layout layout = plan.layout();
    CostedInstance slowest = costed.slowest();
    Phase phase = asked.workload().phase();
    OptionalDouble step = OptionalDouble.of(slowest.stepSeconds());
    double bound = 0;
    for (CostedInstance instance : costed.differentInstances()) {
      bound = Math.max(bound, bound(asked, plan, instance).stepSeconds(asked, layout));
    }
    return new Evaluation(
        Violations.of(asked, costed),
        phase == Phase.DECODE ? step : OptionalDouble.empty(),
        phase == Phase.PREFILL ? step : OptionalDouble.empty(),
        costed.tokensPerSecond(),
        costed.tokensPerSecond() / layout.gpus(),
        usdPerMillionTokens(costed),
        PhaseCost.of(asked, layout).bubbleFraction(layout, slowest.stages()),
        PipelineCost.stageImbalance(slowest.seconds()),
        PlacementFiguresFinder.of(costed),
        PlacementFiguresFinder.ofHeldOut(costed),
        Bottleneck.sentence(slowest, layout.microBatches()),
        MemoryFiguresFinder.of(asked, plan, slowest.stages()),
        FailureFiguresFinder.of(asked, costed),
        slowest.stages(),
        StepLayer.of(slowest),
        drawnSteps.seconds(costed),
        BoundFiguresFinder.of(asked, layout, slowest, bound(asked, plan, slowest), bound),
        TrainingFigures.of(asked, costed),
        StepConfidence.of(asked, costed));
  }

  // The usual plans are judged on the same hosts one after the other: their bound is the same.
  private PipelineBound.StageTimes bound(Problem asked, Plan plan, CostedInstance instance) {
    Layout layout = plan.layout();
    return bounds.computeIfAbsent(
        new Hosts(
            layout,
            plan.stages().stream()
                .map(stage -> stage.gpusOfInstance(instance.index(), layout.gpusPerStage()))
                .toList()),
        hosts -> PipelineBound.stageTimes(asked, layout, instance.shapes(), routing));
  }

  private OptionalDouble usdPerMillionTokens(CostedPlan costed) {
    OptionalDouble usdPerHour = CostedPlan.usdPerHour(problem, costed.plan().stages());
    return usdPerHour.isPresent()
        ? OptionalDouble.of(usdPerHour.getAsDouble() / 3600 / costed.tokensPerSecond() * 1e6)
        : usdPerHour;
  }
}
