package dev.rackplan.evaluation;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.LayerCost;
import dev.rackplan.cost.PipelineCost;
import dev.rackplan.cost.PlanCost;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/** Judges plans of one problem. Safe to share between threads. */
public final class Evaluator {
  private final Problem problem;
  private final ProblemRouting routing;
  private final Map<Hosts, PipelineBound.StageTimes> bounds = new ConcurrentHashMap<>();

  private record Hosts(Layout layout, List<List<Integer>> gpusOfStages) {}

  public Evaluator(Problem problem) {
    this(problem, ProblemRouting.of(problem));
  }

  /** With routing that was mixed before. */
  public Evaluator(Problem problem, ProblemRouting routing) {
    this.problem = problem;
    this.routing = routing;
  }

  /**
   * Everything about {@code plan}, computed anew. The plan must fit the problem's model and
   * topology.
   */
  public Evaluation evaluate(Plan plan) {
    Layout layout = plan.layout();
    List<Instance> instances = new ArrayList<>();
    for (int i = 0; i < layout.replicas(); i++) {
      instances.add(instance(plan, i, instances));
    }
    Instance slowest = instances.get(0);
    double tokensPerSecond = 0;
    double bound = 0;
    for (Instance instance : instances) {
      tokensPerSecond += instance.tokensPerSecond();
      bound = Math.max(bound, instance.boundSeconds());
      if (instance.stepSeconds() > slowest.stepSeconds()) {
        slowest = instance;
      }
    }
    boolean training = problem.workload().phase() == Phase.TRAINING;
    if (training) {
      // All replicas wait for the slowest before they reduce gradients.
      tokensPerSecond = layout.replicas() * slowest.tokensPerSecond();
    }
    MemoryFigures memory = MemoryFiguresFinder.of(problem, plan, slowest.stages());
    OptionalDouble step = OptionalDouble.of(slowest.stepSeconds());
    return new Evaluation(
        Violations.of(problem, plan, slowest.stages(), slowest.stepSeconds()),
        problem.workload().phase() == Phase.DECODE ? step : OptionalDouble.empty(),
        problem.workload().phase() == Phase.PREFILL ? step : OptionalDouble.empty(),
        tokensPerSecond,
        tokensPerSecond / layout.gpus(),
        usdPerMillionTokens(plan, tokensPerSecond),
        PlanCost.bubbleFraction(problem, layout, slowest.stages()),
        PipelineCost.stageImbalance(slowest.seconds()),
        placement(plan, false),
        placement(plan, true),
        Bottleneck.sentence(slowest.stages(), layout.microBatches(), busiestLink(plan, slowest)),
        memory,
        FailureFiguresFinder.of(
            problem, plan, instances.stream().map(Instance::tokensPerSecond).toList()),
        slowest.stages(),
        StepLayer.of(problem, routing, plan, slowest.shapes(), slowest.stages()),
        BoundFiguresFinder.of(
            problem,
            plan,
            slowest.shapes(),
            slowest.layers(),
            slowest.stages(),
            slowest.bound(),
            bound),
        training
            ? Optional.of(TrainingFigures.of(problem, plan, slowest.stages(), tokensPerSecond))
            : Optional.empty());
  }

  private record Instance(
      List<StageShape> shapes,
      List<List<LayerCost>> layers,
      List<StageCost> stages,
      double stepSeconds,
      double tokensPerSecond,
      PipelineBound.StageTimes bound,
      double boundSeconds) {
    List<Double> seconds() {
      return stages.stream().map(StageCost::seconds).toList();
    }
  }

  private Instance instance(Plan plan, int index, List<Instance> earlier) {
    Layout layout = plan.layout();
    List<StageShape> shapes = PlanShapes.shapes(problem.topology(), layout, plan.stages(), index);
    for (Instance other : earlier) {
      if (PlanShapes.sameHosts(shapes, other.shapes())) {
        return other;
      }
    }
    List<List<LayerCost>> layers = PlanCost.layers(problem, routing, plan, shapes);
    List<StageCost> stages = PlanCost.stages(problem, plan, shapes, layers);
    // The usual plans are judged on the same hosts one after the other: their bound is the same.
    PipelineBound.StageTimes bound =
        bounds.computeIfAbsent(
            new Hosts(
                layout,
                plan.stages().stream()
                    .map(stage -> stage.gpusOfInstance(index, layout.gpusPerStage()))
                    .toList()),
            hosts -> PipelineBound.stageTimes(problem, layout, shapes, routing));
    double boundSeconds = bound.stepSeconds(problem, layout);
    double stepSeconds = PlanCost.stepSeconds(problem, layout.microBatches(), stages);
    double tokensPerSecond = PlanCost.tokensPerSecond(problem, plan, stages);
    return new Instance(shapes, layers, stages, stepSeconds, tokensPerSecond, bound, boundSeconds);
  }

  private Optional<String> busiestLink(Plan plan, Instance instance) {
    int stage = Bottleneck.slowestStage(instance.stages());
    return PlanCost.busiestLink(problem, routing, plan, stage, instance.shapes().get(stage));
  }

  private Optional<PlacementFigures> placement(Plan plan, boolean heldOut) {
    return PlacementFiguresFinder.of(problem, routing, plan, heldOut);
  }

  private OptionalDouble usdPerMillionTokens(Plan plan, double tokensPerSecond) {
    OptionalDouble usdPerHour = PlanCost.usdPerHour(problem, plan.stages());
    return usdPerHour.isPresent()
        ? OptionalDouble.of(usdPerHour.getAsDouble() / 3600 / tokensPerSecond * 1e6)
        : usdPerHour;
  }
}
