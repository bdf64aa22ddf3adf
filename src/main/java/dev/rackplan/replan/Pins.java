package dev.rackplan.replan;

import dev.rackplan.plan.Layout;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must stay where it is, forced changes apart.
 *
 * @param layers MoE layers, whole
 * @param gpus names of GPUs that keep their experts in every layer
 * @param experts by layer, experts whose copies stay
 */
public record Pins(
    SortedSet<Integer> layers,
    SortedSet<String> gpus,
    SortedMap<Integer, SortedSet<Integer>> experts) {
  public Pins {
    layers = new TreeSet<>(layers);
    gpus = new TreeSet<>(gpus);
    experts = new TreeMap<>(experts);
  }

  /** Nothing is pinned. */
  public static Pins none() {
    return new Pins(new TreeSet<>(), new TreeSet<>(), new TreeMap<>());
  }

  /** Whether some slots of {@code layer} are pinned, but not all. */
  boolean some(int layer) {
    return !gpus.isEmpty() || experts.containsKey(layer);
  }

  /**
   * Of one layer by expert host and expert.
   *
   * @param names of the GPUs that hold it, by instance and rank
   */
  PinnedSlots of(int layer, List<List<String>> names, Layout layout) {
    SortedSet<Integer> hosts = new TreeSet<>();
    for (List<String> instance : names) {
      for (int rank = 0; rank < instance.size(); rank++) {
        if (gpus.contains(instance.get(rank))) {
          hosts.add(layout.expertHostOf(rank));
        }
      }
    }
    return new PinnedSlots(hosts, experts.getOrDefault(layer, Collections.emptySortedSet()));
  }

  /**
   * Pins of one layer.
   *
   * @param hosts positions of the expert hosts whose slots stay
   * @param experts whose copies stay
   */
  record PinnedSlots(SortedSet<Integer> hosts, SortedSet<Integer> experts) {
    boolean hold(int host, int expert) {
      return hosts.contains(host) || experts.contains(expert);
    }
  }
}
