package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;
import java.util.List;

/** A usual way to place one MoE layer's experts. */
public sealed interface ExpertBaseline permits ContiguousExperts, RoundRobinExperts, EplbExperts {
  /** As shown in reports and solution files. */
  String name();

  /** The layer's map; every expert has at least one slot. */
  ExpertMap place(LayerRequest request);

  /** All of them, in the order of reports. */
  static List<ExpertBaseline> all() {
    return List.of(
        new ContiguousExperts(),
        new RoundRobinExperts(),
        new EplbExperts(EplbExperts.Mode.HIERARCHICAL),
        new EplbExperts(EplbExperts.Mode.GLOBAL));
  }
}
