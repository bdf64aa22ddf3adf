package dev.rackplan.workload;

import java.util.List;

/**
 * How one kind of traffic chooses experts.
 *
 * @param name as shown in reports
 * @param weight share of the tokens of its scenario, in (0, 1]
 * @param layers one entry per MoE layer of the model, in order (MoE layers counted from 0)
 */
public record RoutingProfile(String name, double weight, List<LayerRouting> layers) {
  public RoutingProfile {
    layers = List.copyOf(layers);
    if (!(weight > 0 && weight <= 1)) {
      throw new IllegalArgumentException("weight must be in (0, 1], was " + weight);
    }
  }
}
