package dev.rackplan.evaluation;

import dev.rackplan.cost.Batch;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What each GPU of a stage has to do in one MoE layer, on the first instance, in the scenario that
 * takes longest there.
 *
 * @param layer index of the layer in the model
 * @param stage index of its stage
 * @param scenario name of that scenario
 * @param load (token, expert) pairs per token of the stage, by GPU in rank order
 * @param expertSeconds time of the experts of one micro-batch in s, by GPU
 * @param receivedBytes what other GPUs send it for one micro-batch, dispatch and combine, in bytes
 * @param domainBytes bytes from domain to domain of one micro-batch, [from][to], domains as the
 *     stage counts them
 */
public record GpuFigures(
    int layer,
    int stage,
    String scenario,
    List<Double> load,
    List<Double> expertSeconds,
    List<Double> receivedBytes,
    List<List<Double>> domainBytes) {
  public GpuFigures {
    load = List.copyOf(load);
    expertSeconds = List.copyOf(expertSeconds);
    receivedBytes = List.copyOf(receivedBytes);
    domainBytes = domainBytes.stream().map(List::copyOf).toList();
  }

  /** For each MoE layer of {@code plan}, ascending. */
  public static List<GpuFigures> of(Problem problem, ProblemRouting routing, Plan plan) {
    List<StageShape> shapes =
        PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), 0);
    List<GpuFigures> figures = new ArrayList<>();
    for (Map.Entry<Integer, ExpertMap> entry : plan.experts().entrySet()) {
      int stage = plan.stageOf(entry.getKey());
      figures.add(
          of(problem, routing, plan, entry.getKey(), entry.getValue(), stage, shapes.get(stage)));
    }
    return figures;
  }

  private static GpuFigures of(
      Problem problem,
      ProblemRouting routing,
      Plan plan,
      int layer,
      ExpertMap map,
      int stage,
      StageShape shape) {
    MoeFfn moe = problem.model().moe(layer).orElseThrow();
    Batch batch = Batch.of(problem, plan.layout());
    ExpertLayerModel model = new ExpertLayerModel(problem, moe, shape, batch);
    int[][] replicas = PlanShapes.replicaGpus(map, moe.experts());
    List<ScenarioLayer> scenarios = routing.of(layer);
    PlacementTally slowest = null;
    int place = 0;
    for (int s = 0; s < scenarios.size(); s++) {
      PlacementTally tally =
          PlacementTally.of(
              scenarios.get(s),
              shape,
              problem.engine().dispatchRule(),
              problem.engine().copyRule(),
              batch.tokensAtOnce(),
              replicas);
      if (slowest == null || model.placementSeconds(tally) > model.placementSeconds(slowest)) {
        slowest = tally;
        place = s;
      }
    }
    List<Double> load = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Double> received = new ArrayList<>();
    for (int gpu = 0; gpu < shape.gpuCount(); gpu++) {
      load.add(slowest.load(gpu));
      seconds.add(model.gpuSeconds(slowest, gpu));
      received.add(model.receivedBytes(slowest, gpu));
    }
    List<List<Double>> domains = new ArrayList<>();
    for (double[] row : model.domainBytes(slowest)) {
      domains.add(Arrays.stream(row).boxed().toList());
    }
    return new GpuFigures(
        layer,
        stage,
        problem.workload().routing().scenarios().get(place).name(),
        load,
        seconds,
        received,
        domains);
  }
}
