package dev.rackplan.solver;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.ExpertBaseline;
import dev.rackplan.baseline.LayerRequest;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerStarts;
import java.util.List;

/**
 * The usual placements of a MoE layer on one stage's GPUs.
 *
 * @param maps all of them
 * @param best the best of them
 * @param seconds time in s of the whole layer with that
 */
record UsualPlacements(List<ExpertMap> maps, ExpertMap best, double seconds) {

  /**
   * Places and prices them.
   *
   * @param slots expert slots of the layer
   */
  static UsualPlacements of(
      Problem problem, ProblemRouting routing, StageModel model, int layer, int slots) {
    int ordinal = problem.model().moeLayers().indexOf(layer);
    LayerRequest request =
        BaselinePlans.request(problem, slots, model.expertShape().gpuIndices(), ordinal);
    List<ExpertMap> maps =
        ExpertBaseline.all().stream().map(baseline -> baseline.placeOnce(request)).toList();
    ExpertMap best = LayerStarts.bestOf(LayerProblem.of(problem, routing, model, layer), maps);
    double seconds = CostedPlan.moeLayerSeconds(problem, routing, model, layer, best);
    return new UsualPlacements(maps, best, seconds);
  }
}
