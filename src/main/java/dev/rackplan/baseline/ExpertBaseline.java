package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;
import java.util.List;

/** A usual way to place one MoE layer's experts. */
public sealed interface ExpertBaseline permits ContiguousExperts, RoundRobinExperts, EplbExperts {
  /** As shown in reports and solution files. */
  String name();

  /**
   * The layer's map as the method makes it; every expert has at least one slot, and a GPU may hold
   * a second copy of one.
   */
  ExpertMap place(LayerRequest request);

  /**
   * The same with second copies on a GPU exchanged: what plans hold, so that all engines run it.
   */
  default ExpertMap placeOnce(LayerRequest request) {
    return place(request).withoutSecondCopies(request.frequency());
  }

  /** All of them, in the order of reports. */
  static List<ExpertBaseline> all() {
    return List.of(
        new ContiguousExperts(),
        new RoundRobinExperts(),
        new EplbExperts(EplbExperts.Mode.HIERARCHICAL),
        new EplbExperts(EplbExperts.Mode.GLOBAL));
  }
}
