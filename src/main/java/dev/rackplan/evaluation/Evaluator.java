package dev.rackplan.evaluation;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.LayerCost;
import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.PipelineCost;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Judges plans of one problem. Immutable; safe to share between threads. */
public final class Evaluator {
  private final Problem problem;
  private final ProblemRouting routing;

  public Evaluator(Problem problem) {
    this(problem, ProblemRouting.of(problem));
  }

  /** With routing that was mixed before. */
  public Evaluator(Problem problem, ProblemRouting routing) {
    this.problem = problem;
    this.routing = routing;
  }

  /** Everything about {@code plan}, computed anew. The plan must fit the problem's model and topology. */
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
    MemoryFigures memory = MemoryFiguresFinder.of(problem, plan, slowest.stages());
    boolean decode = problem.workload().phase() == Phase.DECODE;
    OptionalDouble step = OptionalDouble.of(slowest.stepSeconds());
    return new Evaluation(
        Violations.of(problem, plan, slowest.stages(), slowest.stepSeconds()),
        decode ? step : OptionalDouble.empty(),
        decode ? OptionalDouble.empty() : step,
        tokensPerSecond,
        tokensPerSecond / layout.gpus(),
        usdPerMillionTokens(plan, tokensPerSecond),
        PipelineCost.bubbleFraction(slowest.seconds(), layout.microBatches()),
        PipelineCost.stageImbalance(slowest.seconds()),
        placement(plan, false),
        placement(plan, true),
        Bottleneck.sentence(slowest.stages(), layout.microBatches()),
        memory,
        slowest.stages(),
        bound);
  }

  private record Instance(
      List<StageShape> shapes, List<StageCost> stages, double stepSeconds, double tokensPerSecond, double boundSeconds) {
    List<Double> seconds() {
      return stages.stream().map(StageCost::seconds).toList();
    }
  }

  private Instance instance(Plan plan, int index, List<Instance> earlier) {
    Layout layout = plan.layout();
    List<StageShape> shapes = PlanShapes.shapes(problem.topology(), layout, plan.stages(), index);
    for (Instance other : earlier) {
      if (sameHosts(shapes, other.shapes())) {
        return other;
      }
    }
    List<StageCost> stages = new ArrayList<>();
    for (int s = 0; s < shapes.size(); s++) {
      stages.add(stageCost(plan, s, shapes));
    }
    List<Double> seconds = stages.stream().map(StageCost::seconds).toList();
    double cycle = PipelineCost.tpotSeconds(seconds, layout.microBatches());
    PipelineBound.StageTimes bound = PipelineBound.stageTimes(problem, layout, shapes, routing);
    double sequences = (double) layout.microBatches() * layout.sequencesPerMicroBatch();
    if (problem.workload().phase() == Phase.DECODE) {
      double tokens = sequences * problem.workload().acceptedTokens();
      return new Instance(shapes, stages, cycle, tokens / cycle, bound.tpotSeconds(layout.microBatches()));
    }
    int chunks = (int) Math.ceil(problem.workload().contextTokens() / problem.workload().queryTokens());
    double tokens = sequences * problem.workload().queryTokens();
    return new Instance(shapes, stages, PipelineCost.ttftSeconds(seconds, chunks), tokens / cycle, bound.ttftSeconds(chunks));
  }

  private static boolean sameHosts(List<StageShape> shapes, List<StageShape> others) {
    for (int s = 0; s < shapes.size(); s++) {
      if (!shapes.get(s).interchangeableWith(others.get(s))) {
        return false;
      }
      if (s > 0 && shapes.size() > 1 && sameDomains(shapes, s) != sameDomains(others, s)) {
        return false;
      }
    }
    return true;
  }

  // Hops cost by pairs of GPUs: count the pairs that stay in their domain.
  private static int sameDomains(List<StageShape> shapes, int s) {
    int pairs = 0;
    for (int g = 0; g < shapes.get(s).gpuCount(); g++) {
      pairs += shapes.get(s).gpu(g).domain() == shapes.get(s - 1).gpu(g).domain() ? 1 : 0;
    }
    return pairs;
  }

  private StageCost stageCost(Plan plan, int s, List<StageShape> shapes) {
    Stage stage = plan.stages().get(s);
    StageModel model = new StageModel(problem, plan.layout(), shapes.get(s));
    List<LayerCost> costs = new ArrayList<>();
    List<Boolean> moe = new ArrayList<>();
    for (int l = stage.firstLayer(); l <= stage.lastLayer(); l++) {
      moe.add(plan.experts().containsKey(l));
      costs.add(moe.get(moe.size() - 1) ? slowestScenario(plan, model, l) : model.denseLayer(l));
    }
    boolean last = s == shapes.size() - 1;
    return StageCost.of(
        stage.firstLayer(),
        costs,
        moe,
        last ? model.head().seconds() : 0,
        last ? 0 : model.hopSeconds(stage.lastLayer(), shapes.get(s + 1)),
        MemoryUse.of(problem, plan.layout(), stage.firstLayer(), stage.lastLayer()));
  }

  private LayerCost slowestScenario(Plan plan, StageModel model, int layer) {
    LayerCost slowest = null;
    Engine engine = problem.engine();
    int[][] replicas = PlanShapes.replicaGpus(plan.experts().get(layer), problem.model().moe(layer).orElseThrow().experts());
    for (ScenarioLayer scenario : routing.of(layer)) {
      PlacementTally tally =
          PlacementTally.of(scenario, model.shape(), engine.dispatchRule(), engine.copyRule(), model.batch().tokens(), replicas);
      LayerCost cost = model.moeLayer(layer, tally);
      if (slowest == null || cost.seconds() > slowest.seconds()) {
        slowest = cost;
      }
    }
    return slowest;
  }

  private Optional<PlacementFigures> placement(Plan plan, boolean heldOut) {
    return PlacementFiguresFinder.of(problem, routing, plan, heldOut);
  }

  private OptionalDouble usdPerMillionTokens(Plan plan, double tokensPerSecond) {
    double usdPerHour = 0;
    for (Stage stage : plan.stages()) {
      for (int gpu : stage.gpus()) {
        OptionalDouble price = problem.topology().gpus().get(gpu).spec().usdPerHour();
        if (price.isEmpty()) {
          return OptionalDouble.empty();
        }
        usdPerHour += price.getAsDouble();
      }
    }
    return OptionalDouble.of(usdPerHour / 3600 / tokensPerSecond * 1e6);
  }
}
