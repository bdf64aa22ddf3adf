package dev.rackplan.benchmark;

import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
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
    List<StageShape> shapes = shapes(plan);
    for (var entry : plan.experts().entrySet()) {
      int layer = entry.getKey();
      StageModel model = model(plan, shapes, layer);
      LayerProblem layerProblem = LayerProblem.of(problem, routing, model, layer);
      int[][] replicas = PlanShapes.replicaGpus(entry.getValue(), layerProblem.experts());
      planned += seconds(model, layer, routing.of(layer), replicas);
      heldOut += seconds(model, layer, routing.heldOut(layer), replicas);
      objective += layerProblem.objectivePicoseconds(layerProblem.tallies(replicas).all()) * 1e-12;
    }
    OptionalDouble unseen =
        evaluation.heldOut().isPresent()
            ? OptionalDouble.of(heldOut / layers)
            : OptionalDouble.empty();
    double counts = BenchmarkRow.layerSeconds(planned / layers, unseen);
    return new BenchmarkRow(
        name,
        evaluation.placement().orElseThrow(),
        planned / layers,
        evaluation.heldOut(),
        unseen,
        objective / layers,
        placed.seconds(),
        placed.movesPerSecond(),
        counts,
        counts);
  }

  /** MoE layer {@code layer} where {@code plan} has it. */
  LayerProblem layerProblem(Plan plan, int layer) {
    return LayerProblem.of(problem, routing, model(plan, shapes(plan), layer), layer);
  }

  private List<StageShape> shapes(Plan plan) {
    return PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), 0);
  }

  private StageModel model(Plan plan, List<StageShape> shapes, int layer) {
    return new StageModel(problem, plan.layout(), shapes.get(plan.stageOf(layer)));
  }

  /** Of the slowest scenario; 0 without scenarios. */
  private double seconds(
      StageModel model, int layer, List<ScenarioLayer> scenarios, int[][] replicas) {
    if (scenarios.isEmpty()) {
      return 0;
    }
    return PlacementTallies.of(
            scenarios,
            model.expertShape(),
            problem.engine().dispatchRule(),
            problem.engine().copyRule(),
            model.batch().tokensAtOnce(),
            replicas)
        .all()
        .stream()
        .mapToDouble(model.expertLayer(layer)::placementSeconds)
        .max()
        .orElseThrow();
  }
}
