package dev.rackplan.solver;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.ContiguousExperts;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.pipeline.StagePasses;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LayerKind;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the layers of a layout take on one stage's GPUs for one micro-batch, in s.
 *
 * <p>Of layers of one kind (equal mixer and FFN) the middle one is priced, experts in order, and
 * stands for the others, whose routing may differ. Not a bound.
 *
 * @param layerSeconds of each layer, forward and backward; the head as the last entry
 * @param forwardShare of that: the forward pass alone
 * @param backwardShare the backward pass alone
 * @param weightShare weight gradients
 */
record TrainingPasses(
    double[] layerSeconds, double forwardShare, double backwardShare, double weightShare) {
  // The head's forward pass and two gradients.
  private static final double HEAD_PASSES = 3;

  static TrainingPasses of(
      Problem problem, ProblemRouting routing, Layout layout, StageShape shape) {
    StageModel model = new StageModel(problem, layout, shape);
    List<Layer> layers = problem.model().layers();
    Map<LayerKind, List<Integer>> kinds = new LinkedHashMap<>();
    for (int l = 0; l < layers.size(); l++) {
      kinds.computeIfAbsent(layers.get(l).kind(), kind -> new ArrayList<>()).add(l);
    }
    Map<Integer, LayerCost> costs = new HashMap<>();
    for (List<Integer> same : kinds.values()) {
      LayerCost cost = cost(problem, routing, layout, model, same.get(same.size() / 2));
      same.forEach(layer -> costs.put(layer, cost));
    }
    return of(costs, layers.size(), model.endSeconds());
  }

  private static TrainingPasses of(Map<Integer, LayerCost> costs, int layers, double head) {
    double[] seconds = new double[layers + 1];
    double all = head;
    double forward = head / HEAD_PASSES;
    double backward = head - forward;
    double weights = head / HEAD_PASSES;
    for (int l = 0; l < layers; l++) {
      seconds[l] = costs.get(l).seconds();
      LayerTraining passes = costs.get(l).training().orElseThrow();
      all += seconds[l];
      forward += passes.forwardSeconds();
      backward += passes.backwardSeconds();
      weights += passes.weightGradientSeconds();
    }
    seconds[layers] = head;
    return new TrainingPasses(seconds, forward / all, backward / all, weights / all);
  }

  private static LayerCost cost(
      Problem problem, ProblemRouting routing, Layout layout, StageModel model, int layer) {
    if (problem.model().moe(layer).isEmpty()) {
      return model.denseLayer(layer);
    }
    int slots = problem.model().moe(layer).orElseThrow().experts() + layout.redundantExperts();
    int ordinal = problem.model().moeLayers().indexOf(layer);
    ExpertMap map =
        new ContiguousExperts()
            .placeOnce(
                BaselinePlans.request(problem, slots, model.expertShape().gpuIndices(), ordinal));
    return CostedPlan.moeLayer(problem, routing, model, layer, map);
  }

  /** All layers and the head. */
  double allSeconds() {
    return Arrays.stream(layerSeconds).sum();
  }

  /** The passes of a stage of these seconds. */
  StagePasses ofStage(double seconds) {
    return new StagePasses(
        seconds, forwardShare * seconds, backwardShare * seconds, weightShare * seconds);
  }
}
