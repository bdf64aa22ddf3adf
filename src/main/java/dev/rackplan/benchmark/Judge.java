package dev.rackplan.benchmark;

import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
import java.util.List;
import java.util.OptionalDouble;

/** The figures of {@link BenchmarkRow}, the same for every placer. */
final class Judge {
  private final Problem problem;
  private final ProblemRouting routing;
  private final Evaluator evaluator;

  Judge(Problem problem, ProblemRouting routing) {
    this.problem = problem;
    this.routing = routing;
    this.evaluator = new Evaluator(problem, routing);
  }

  BenchmarkRow row(String name, Placed placed) {
    Plan plan = placed.plan();
    Evaluation evaluation = evaluator.evaluate(plan);
    int layers = plan.experts().size();
    double planned = 0;
    double heldOut = 0;
    double objective = 0;
    for (var entry : plan.experts().entrySet()) {
      int layer = entry.getKey();
      planned += seconds(plan, layer, routing.of(layer));
      heldOut += seconds(plan, layer, routing.heldOut(layer));
      LayerProblem layerProblem = layerProblem(plan, layer);
      int[][] replicas = PlanShapes.replicaGpus(entry.getValue(), layerProblem.experts());
      objective += layerProblem.objectivePicoseconds(layerProblem.tallies(replicas).all()) * 1e-12;
    }
    return new BenchmarkRow(
        name,
        evaluation.placement().orElseThrow(),
        planned / layers,
        evaluation.heldOut(),
        evaluation.heldOut().isPresent()
            ? OptionalDouble.of(heldOut / layers)
            : OptionalDouble.empty(),
        objective / layers,
        placed.seconds(),
        placed.movesPerSecond());
  }

  /** MoE layer {@code layer} where {@code plan} has it. */
  LayerProblem layerProblem(Plan plan, int layer) {
    StageModel model = stageModel(plan, layer);
    return LayerProblem.of(
        layer,
        model.shape(),
        model.expertLayer(layer),
        routing.of(layer),
        problem.engine(),
        model.batch().tokens(),
        problem.workload().routing().parts());
  }

  private StageModel stageModel(Plan plan, int layer) {
    List<StageShape> shapes =
        PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), 0);
    return new StageModel(problem, plan.layout(), shapes.get(plan.stageOf(layer)));
  }

  private double seconds(Plan plan, int layer, List<ScenarioLayer> scenarios) {
    StageModel model = stageModel(plan, layer);
    ExpertMap map = plan.experts().get(layer);
    int[][] replicas =
        PlanShapes.replicaGpus(map, problem.model().moe(layer).orElseThrow().experts());
    double slowest = 0;
    for (ScenarioLayer scenario : scenarios) {
      PlacementTally tally =
          PlacementTally.of(
              scenario,
              model.shape(),
              problem.engine().dispatchRule(),
              problem.engine().copyRule(),
              model.batch().tokens(),
              replicas);
      slowest = Math.max(slowest, model.expertLayer(layer).placementSeconds(tally));
    }
    return slowest;
  }
}
