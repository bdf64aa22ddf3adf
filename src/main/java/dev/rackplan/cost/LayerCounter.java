package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.cost.placement.TallyCounter;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Counts and prices the MoE layers of a problem: each placement once per scenario, under the
 * engine's dispatch and copy rules. Immutable.
 */
final class LayerCounter {
  private final Problem problem;
  private final ProblemRouting routing;
  private final TallyCounter counter;

  LayerCounter(Problem problem, ProblemRouting routing, TallyCounter counter) {
    this.problem = problem;
    this.routing = routing;
    this.counter = counter;
  }

  /** Whether both layers have one and the same routing object: no layer but by sampling does. */
  boolean routedAlike(int one, int other) {
    List<ScenarioLayer> first = routing.of(one);
    return first != null && first == routing.of(other);
  }

  /** One MoE layer with one map: its slowest scenario's cost, and as much else as is asked for. */
  CostedLayer layer(
      StageModel model, int layer, ExpertMap map, CostDetail detail, boolean heldOut) {
    ExpertLayerModel experts = model.expertLayer(layer);
    int[][] replicas = PlanShapes.replicaGpus(map, routing.of(layer).get(0).experts());
    List<PlacementTally> tallies = count(model, routing.of(layer), replicas);
    LayerCost cost = null;
    Breakdown placed = null;
    BusiestLink busiest = null;
    int slowest = 0;
    for (int s = 0; s < tallies.size(); s++) {
      BusiestLink link = experts.exchange().busiestLink(tallies.get(s));
      Breakdown ofScenario = experts.terms(tallies.get(s), link);
      LayerCost all = model.moeLayer(layer, experts, ofScenario);
      if (cost == null || all.seconds() > cost.seconds()) {
        cost = all;
        placed = ofScenario;
        slowest = s;
      }
      busiest =
          busiest == null || link.secondsPerByte() > busiest.secondsPerByte() ? link : busiest;
    }
    if (detail == CostDetail.TIMES) {
      return new CostedLayer(layer, cost, Optional.empty());
    }
    List<PlacementTally> unseen =
        heldOut ? count(model, routing.heldOut(layer), replicas) : List.of();
    List<PlacementCount> figures = figures(model, experts, routing.of(layer), tallies, replicas);
    return new CostedLayer(
        layer,
        cost,
        Optional.of(
            new CostedExperts(
                MoeLayerTerms.of(
                    experts, tallies.get(slowest), placed, figures.get(slowest).remote()),
                CostedExperts.SlowestGpu.of(experts, tallies.get(slowest)),
                busiest,
                figures,
                slowest,
                figures(model, experts, routing.heldOut(layer), unseen, replicas),
                detail == CostDetail.GPUS
                    ? Optional.of(GpuCount.of(experts, tallies.get(slowest)))
                    : Optional.empty())));
  }

  private List<PlacementTally> count(
      StageModel model, List<ScenarioLayer> scenarios, int[][] replicas) {
    return count(model, scenarios, replicas, problem.engine().copyRule());
  }

  private List<PlacementTally> count(
      StageModel model, List<ScenarioLayer> scenarios, int[][] replicas, CopyRule copyRule) {
    Engine engine = problem.engine();
    return scenarios.isEmpty()
        ? List.of()
        : counter.count(
            scenarios,
            model.expertShape(),
            engine.dispatchRule(),
            copyRule,
            model.batch().tokensAtOnce(),
            replicas);
  }

  private List<PlacementCount> figures(
      StageModel model,
      ExpertLayerModel experts,
      List<ScenarioLayer> scenarios,
      List<PlacementTally> tallies,
      int[][] replicas) {
    boolean apart = PlacementCount.countsDomainsApart(problem.engine().copyRule());
    List<PlacementTally> domains =
        apart && !tallies.isEmpty()
            ? count(model, scenarios, replicas, CopyRule.PER_DOMAIN)
            : tallies;
    List<PlacementCount> figures = new ArrayList<>();
    for (int s = 0; s < tallies.size(); s++) {
      figures.add(PlacementCount.of(experts, tallies.get(s), domains.get(s), replicas));
    }
    return figures;
  }
}
