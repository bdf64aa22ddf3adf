package dev.rackplan.evaluation;

import dev.rackplan.bound.BoundTerm;
import dev.rackplan.bound.BoundValue;
import dev.rackplan.bound.LayerFloor;
import dev.rackplan.bound.LayerTerms;
import dev.rackplan.bound.PipelineBound.StageTimes;
import dev.rackplan.cost.LayerCost;
import dev.rackplan.cost.PlanCost;
import dev.rackplan.cost.Roof;
import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Splits the distance between a plan and its bound.
 *
 * <p>A layer's part is found by putting one term after the other at its bound: first the experts,
 * then the network. So the parts sum to the layer's distance also where, with two-batch overlap,
 * only the longer of compute and network counts. A layer counts as often as its stage does in the
 * step: M times in the slowest stage of a full pipeline, once in each stage of one that is not.
 */
final class BoundFiguresFinder {
  // A single stage has no rest but what rounding leaves.
  private static final double ROUNDING = 1e-12;

  private BoundFiguresFinder() {}

  /**
   * @param layers costs of each stage's layers
   * @param bound of the plan's layout on its GPUs
   * @param boundSeconds of the whole plan
   */
  static BoundFigures of(
      Problem problem,
      Plan plan,
      List<StageShape> shapes,
      List<List<LayerCost>> layers,
      List<StageCost> stages,
      StageTimes bound,
      double boundSeconds) {
    double experts = 0;
    double network = 0;
    for (int s = 0; s < stages.size(); s++) {
      double passes = passes(problem, plan, stages, s);
      StageModel model = new StageModel(problem, plan.layout(), shapes.get(s));
      int first = plan.stages().get(s).firstLayer();
      for (int i = 0; i < layers.get(s).size() && passes > 0; i++) {
        if (plan.experts().containsKey(first + i)) {
          LayerCost cost = layers.get(s).get(i);
          LayerFloor floor = bound.layers().get(first + i);
          double balanced = withExpertsAt(floor, model, first + i, cost);
          experts += passes * (cost.seconds() - balanced);
          network += passes * (balanced - floor.seconds());
        }
      }
    }
    double step = PlanCost.stepSeconds(problem, plan.layout().microBatches(), stages);
    double rest = (step - boundSeconds - experts - network) / boundSeconds;
    return new BoundFigures(
        boundSeconds,
        experts / boundSeconds,
        network / boundSeconds,
        Math.abs(rest) < ROUNDING ? 0 : rest,
        mostly(bound, LayerTerms::expertSeconds),
        mostly(bound, LayerTerms::secondsPerByte));
  }

  private static double withExpertsAt(
      LayerFloor floor, StageModel model, int layer, LayerCost cost) {
    Roof experts = new Roof(floor.terms().expertSeconds().value(), 0);
    return model.moeLayer(layer, experts, cost.dispatchSeconds(), cost.combineSeconds()).seconds();
  }

  private static double passes(Problem problem, Plan plan, List<StageCost> stages, int stage) {
    boolean slowest = Bottleneck.slowestStage(stages) == stage;
    int microBatches = plan.layout().microBatches();
    if (problem.workload().phase() == Phase.PREFILL) {
      return slowest ? PlanCost.chunks(problem) : 1;
    }
    if (problem.workload().phase() == Phase.TRAINING) {
      return slowest ? microBatches : 1;
    }
    double sum = stages.stream().mapToDouble(StageCost::seconds).sum();
    double most = stages.get(Bottleneck.slowestStage(stages)).seconds();
    if (microBatches * most < sum) {
      return 1;
    }
    return slowest ? microBatches : 0;
  }

  private static BoundTerm mostly(StageTimes bound, Function<LayerTerms, BoundValue> part) {
    Map<BoundTerm, Double> sums = new EnumMap<>(BoundTerm.class);
    for (LayerFloor floor : bound.layers()) {
      BoundValue value = part.apply(floor.terms());
      sums.merge(value.term(), value.value(), Double::sum);
    }
    BoundTerm most = BoundTerm.NONE;
    for (Map.Entry<BoundTerm, Double> sum : sums.entrySet()) {
      most = sum.getValue() > sums.getOrDefault(most, 0.0) ? sum.getKey() : most;
    }
    return most;
  }
}
