package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.MoeLayerTerms;
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

  /** The MoE layers of one instance, ascending. */
  static List<StepLayer> of(CostedInstance instance) {
    List<StepLayer> layers = new ArrayList<>();
    for (int s = 0; s < instance.stages().size(); s++) {
      for (CostedLayer layer : instance.stages().get(s).layers()) {
        if (layer.experts().isPresent()) {
          layers.add(
              new StepLayer(
                  layer.index(), instance.passes().get(s), layer.experts().get().terms()));
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
