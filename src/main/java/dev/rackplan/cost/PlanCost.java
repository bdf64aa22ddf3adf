package dev.rackplan.cost;

import dev.rackplan.plan.ExpertMap;
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

/** Stage costs of a whole plan. */
public final class PlanCost {
  private PlanCost() {}

  /** Costs of one instance's stages, whose GPUs have {@code shapes}. */
  public static List<StageCost> stages(
      Problem problem, ProblemRouting routing, Plan plan, List<StageShape> shapes) {
    return stages(problem, plan, shapes, layers(problem, routing, plan, shapes));
  }

  /** As above from its layers' costs, stage by stage. */
  public static List<StageCost> stages(
      Problem problem, Plan plan, List<StageShape> shapes, List<List<LayerCost>> layers) {
    List<StageCost> stages = new ArrayList<>();
    for (int s = 0; s < shapes.size(); s++) {
      Stage stage = plan.stages().get(s);
      StageModel model = new StageModel(problem, plan.layout(), shapes.get(s));
      List<Boolean> moe = new ArrayList<>();
      for (int l = stage.firstLayer(); l <= stage.lastLayer(); l++) {
        moe.add(plan.experts().containsKey(l));
      }
      boolean last = s == shapes.size() - 1;
      StageCost cost =
          StageCost.of(
              stage.firstLayer(),
              layers.get(s),
              moe,
              last ? model.head().seconds() : 0,
              last ? 0 : model.hopSeconds(stage.lastLayer(), shapes.get(s + 1)),
              MemoryUse.of(problem, plan, s));
      stages.add(
          problem.workload().phase() == Phase.TRAINING
              ? cost.inTraining(
                  TrainingCost.ofStage(
                      problem,
                      plan,
                      s,
                      layers.get(s),
                      cost,
                      last ? 0 : model.boundarySeconds(stage.lastLayer(), shapes.get(s + 1))))
              : cost);
    }
    return stages;
  }

  /** Costs of each stage's layers in order. */
  public static List<List<LayerCost>> layers(
      Problem problem, ProblemRouting routing, Plan plan, List<StageShape> shapes) {
    List<List<LayerCost>> stages = new ArrayList<>();
    for (int s = 0; s < shapes.size(); s++) {
      Stage stage = plan.stages().get(s);
      StageModel model = new StageModel(problem, plan.layout(), shapes.get(s));
      List<LayerCost> costs = new ArrayList<>();
      for (int l = stage.firstLayer(); l <= stage.lastLayer(); l++) {
        costs.add(
            plan.experts().containsKey(l)
                ? moeLayer(problem, routing, model, l, plan.experts().get(l))
                : model.denseLayer(l));
      }
      stages.add(costs);
    }
    return stages;
  }

  /** Cost of one MoE layer with one expert map: its slowest scenario. */
  public static LayerCost moeLayer(
      Problem problem, ProblemRouting routing, StageModel model, int layer, ExpertMap map) {
    LayerCost slowest = null;
    for (PlacementTally tally : tallies(problem, routing, model, layer, map)) {
      LayerCost cost = model.moeLayer(layer, tally);
      if (slowest == null || cost.seconds() > slowest.seconds()) {
        slowest = cost;
      }
    }
    return slowest;
  }

  /** What the time of one MoE layer with one expert map is made of, in its slowest scenario. */
  public static MoeLayerTerms moeLayerTerms(
      Problem problem, ProblemRouting routing, StageModel model, int layer, ExpertMap map) {
    double most = -1;
    PlacementTally slowest = null;
    for (PlacementTally tally : tallies(problem, routing, model, layer, map)) {
      double seconds = model.moeLayer(layer, tally).seconds();
      if (seconds > most) {
        most = seconds;
        slowest = tally;
      }
    }
    return MoeLayerTerms.of(model, layer, slowest);
  }

  private static List<PlacementTally> tallies(
      Problem problem, ProblemRouting routing, StageModel model, int layer, ExpertMap map) {
    Engine engine = problem.engine();
    int[][] replicas =
        PlanShapes.replicaGpus(map, problem.model().moe(layer).orElseThrow().experts());
    return PlacementTallies.of(
            routing.of(layer),
            model.shape(),
            engine.dispatchRule(),
            engine.copyRule(),
            model.batch().tokensAtOnce(),
            replicas)
        .all();
  }

  /**
   * The busiest link of the layer of one stage that communicates longest, in words; empty for
   * stages without routed experts or of one GPU.
   */
  public static Optional<String> busiestLink(
      Problem problem, ProblemRouting routing, Plan plan, int stage, StageShape shape) {
    StageModel model = new StageModel(problem, plan.layout(), shape);
    Stage layers = plan.stages().get(stage);
    BusiestLink busiest = null;
    for (int l = layers.firstLayer(); l <= layers.lastLayer() && shape.gpuCount() > 1; l++) {
      if (plan.experts().containsKey(l)) {
        for (PlacementTally tally : tallies(problem, routing, model, l, plan.experts().get(l))) {
          BusiestLink link = model.expertLayer(l).busiestLink(tally);
          busiest =
              busiest == null || link.secondsPerByte() > busiest.secondsPerByte() ? link : busiest;
        }
      }
    }
    return Optional.ofNullable(busiest).map(link -> link.describe(shape));
  }

  /** TPOT (decode), TTFT (prefill) or the optimizer step (training) in s of one instance. */
  public static double stepSeconds(Problem problem, int microBatches, List<StageCost> stages) {
    return problem.workload().phase() == Phase.TRAINING
        ? TrainingCost.stepSeconds(problem, microBatches, stages)
        : stepSecondsOf(problem, microBatches, stages.stream().map(StageCost::seconds).toList());
  }

  /**
   * As {@link #stepSeconds} from the stages' times in s; in training as 1F1B would take, without
   * the step's end.
   */
  public static double stepSecondsOf(Problem problem, int microBatches, List<Double> seconds) {
    return switch (problem.workload().phase()) {
      case DECODE -> PipelineCost.tpotSeconds(seconds, microBatches);
      case PREFILL -> PipelineCost.ttftSeconds(seconds, chunks(problem));
      case TRAINING -> PipelineCost.ttftSeconds(seconds, microBatches);
    };
  }

  /** How often each stage's time counts in {@link #stepSecondsOf}. */
  public static double[] stagePasses(Problem problem, int microBatches, List<Double> seconds) {
    return switch (problem.workload().phase()) {
      case DECODE -> PipelineCost.tpotPasses(seconds, microBatches);
      case PREFILL -> PipelineCost.ttftPasses(seconds, chunks(problem));
      case TRAINING -> PipelineCost.ttftPasses(seconds, microBatches);
    };
  }

  /** Chunks of one prompt of mean length; 1 but in prefill. */
  public static int chunks(Problem problem) {
    return problem.workload().phase() == Phase.PREFILL
        ? (int)
            Math.ceil(
                problem.workload().contexts().computedTokens() / problem.workload().queryTokens())
        : 1;
  }

  /**
   * Tokens per second of one instance: output tokens in decode, computed prompt tokens in prefill,
   * trained tokens in training.
   */
  public static double tokensPerSecond(Problem problem, Plan plan, List<StageCost> stages) {
    List<Double> seconds = stages.stream().map(StageCost::seconds).toList();
    double cycle =
        problem.workload().phase() == Phase.TRAINING
            ? stepSeconds(problem, plan.layout().microBatches(), stages)
            : cycleSeconds(problem, plan.layout(), seconds);
    return tokensPerCycle(problem, plan.layout()) / cycle;
  }

  /**
   * Time in s after which every sequence in flight has its next token, is read, or is trained on;
   * in training as {@link #stepSecondsOf}.
   */
  public static double cycleSeconds(Problem problem, Layout layout, List<Double> stageSeconds) {
    int microBatches = layout.microBatches();
    return switch (problem.workload().phase()) {
      case DECODE -> PipelineCost.tpotSeconds(stageSeconds, microBatches);
      case PREFILL -> PipelineCost.prefillCycleSeconds(stageSeconds, microBatches, chunks(problem));
      case TRAINING -> PipelineCost.ttftSeconds(stageSeconds, microBatches);
    };
  }

  /** Tokens that one instance yields (decode), computes (prefill) or trains on in one cycle. */
  public static double tokensPerCycle(Problem problem, Layout layout) {
    double perSequence =
        problem.workload().phase() == Phase.DECODE
            ? problem.workload().acceptedTokens()
            : problem.workload().contexts().computedTokens();
    return (double) layout.microBatches() * layout.sequencesPerMicroBatch() * perSequence;
  }

  /** Idle share of stage time in steady state, or in training of the schedule's time. */
  public static double bubbleFraction(Problem problem, Layout layout, List<StageCost> stages) {
    List<Double> seconds = stages.stream().map(StageCost::seconds).toList();
    if (problem.workload().phase() == Phase.TRAINING) {
      return TrainingCost.bubbleFraction(problem, layout.microBatches(), stages);
    }
    double passes = (double) layout.microBatches() * chunks(problem);
    return PipelineCost.bubbleFraction(seconds, passes, cycleSeconds(problem, layout, seconds));
  }

  /** Price of the stages' GPUs, all instances, in USD/h; empty where one is unknown. */
  public static OptionalDouble usdPerHour(Problem problem, List<Stage> stages) {
    double usd = 0;
    for (Stage stage : stages) {
      for (int gpu : stage.gpus()) {
        OptionalDouble price = problem.topology().gpus().get(gpu).spec().usdPerHour();
        if (price.isEmpty()) {
          return OptionalDouble.empty();
        }
        usd += price.getAsDouble();
      }
    }
    return OptionalDouble.of(usd);
  }
}
