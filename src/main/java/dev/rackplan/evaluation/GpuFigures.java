package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.GpuCount;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * What each GPU of a stage has to do in one MoE layer, on the first instance, in the scenario that
 * takes longest there.
 *
 * @param layer index of the layer in the model
 * @param stage index of its stage
 * @param scenario name of that scenario
 * @param gpus what they do there
 */
public record GpuFigures(int layer, int stage, String scenario, GpuCount gpus) {

  /** For each MoE layer of a plan that is costed with its GPUs, ascending. */
  public static List<GpuFigures> of(Problem problem, CostedPlan costed) {
    List<GpuFigures> figures = new ArrayList<>();
    CostedInstance first = costed.instances().get(0);
    for (int s = 0; s < first.stages().size(); s++) {
      for (CostedLayer layer : first.stages().get(s).layers()) {
        int stage = s;
        layer
            .experts()
            .ifPresent(
                experts ->
                    figures.add(
                        new GpuFigures(
                            layer.index(),
                            stage,
                            problem.workload().routing().scenarios().get(experts.slowest()).name(),
                            experts.gpus().orElseThrow())));
      }
    }
    return figures;
  }
}
