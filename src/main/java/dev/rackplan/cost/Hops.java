package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.topology.LinkLoads;
import dev.rackplan.topology.Network;
import java.util.ArrayList;
import java.util.List;

/**
 * A plan's stage boundaries: at each, all instances send at the same time, and share narrow links.
 */
final class Hops {
  // By boundary, one byte from each sender; none where no link is narrow.
  private final List<LinkLoads> together = new ArrayList<>();

  Hops(Network network, Plan plan) {
    Layout layout = plan.layout();
    int boundaries = network.hasNarrowLinks() ? layout.pipelineStages() - 1 : 0;
    for (int s = 0; s < boundaries; s++) {
      LinkLoads loads = network.loads();
      for (int i = 0; i < layout.replicas(); i++) {
        List<Integer> from = plan.stages().get(s).gpusOfInstance(i, layout.gpusPerStage());
        List<Integer> to = plan.stages().get(s + 1).gpusOfInstance(i, layout.gpusPerStage());
        for (int g = 0; g < from.size(); g++) {
          loads.add(from.get(g), to.get(g), 1);
        }
      }
      together.add(loads);
    }
  }

  /** {@link StageModel#hopSeconds} of the boundary after {@code stage}. */
  double seconds(StageModel model, int layer, int stage, StageShape next) {
    return together.isEmpty()
        ? model.hopSeconds(layer, next)
        : model.hopSeconds(layer, next, together.get(stage));
  }

  /** {@link StageModel#boundarySeconds} of the boundary after {@code stage}. */
  double boundarySeconds(StageModel model, int layer, int stage, StageShape next) {
    return together.isEmpty()
        ? model.boundarySeconds(layer, next)
        : model.boundarySeconds(layer, next, together.get(stage));
  }

  /** Whether two instances' transfers take the same, pair by pair. */
  boolean alike(List<StageShape> shapes, List<StageShape> others) {
    for (int s = 0; s < together.size(); s++) {
      for (int g = 0; g < shapes.get(s).gpuCount(); g++) {
        if (seconds(s, g, shapes) != seconds(s, g, others)) {
          return false;
        }
      }
    }
    return true;
  }

  private double seconds(int boundary, int position, List<StageShape> shapes) {
    return together
        .get(boundary)
        .seconds(
            shapes.get(boundary).gpu(position).index(),
            shapes.get(boundary + 1).gpu(position).index());
  }
}
