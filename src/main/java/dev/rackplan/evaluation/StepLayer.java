package dev.rackplan.evaluation;

import dev.rackplan.cost.MoeLayerTerms;
import dev.rackplan.cost.PlanCost;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.StageShape;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * One MoE layer's part in the step.
 *
 * @param layer its index among all layers
 * @param passes how often its time counts in TPOT or TTFT; 0 on stages that don't bind
 * @param terms what its time is made of, in its slowest scenario
 */
public record StepLayer(int layer, double passes, MoeLayerTerms terms) {

  /** The MoE layers of one instance, whose GPUs have {@code shapes}, ascending. */
  static List<StepLayer> of(
      Problem problem,
      ProblemRouting routing,
      Plan plan,
      List<StageShape> shapes,
      List<StageCost> stages) {
    double[] passes =
        PlanCost.stagePasses(
            problem,
            plan.layout().microBatches(),
            stages.stream().map(StageCost::seconds).toList());
    List<StepLayer> layers = new ArrayList<>();
    for (int s = 0; s < shapes.size(); s++) {
      StageModel model = new StageModel(problem, plan.layout(), shapes.get(s));
      Stage stage = plan.stages().get(s);
      for (int l = stage.firstLayer(); l <= stage.lastLayer(); l++) {
        if (plan.experts().containsKey(l)) {
          layers.add(
              new StepLayer(
                  l,
                  passes[s],
                  PlanCost.moeLayerTerms(problem, routing, model, l, plan.experts().get(l))));
        }
      }
    }
    return layers;
  }

  /** The layer's part of TPOT or TTFT in s. */
  double seconds() {
    return passes * terms.seconds();
  }
}
