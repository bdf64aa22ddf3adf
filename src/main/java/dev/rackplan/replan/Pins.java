package dev.rackplan.replan;

import java.util.Map;
import java.util.Set;
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
   * Of one layer by rank and expert.
   *
   * @param gpusOfRanks names of the GPUs of each rank, one for each instance
   */
  PinnedSlots of(int layer, Iterable<? extends Set<String>> gpusOfRanks) {
    SortedSet<Integer> ranks = new TreeSet<>();
    int rank = 0;
    for (Set<String> names : gpusOfRanks) {
      if (names.stream().anyMatch(gpus::contains)) {
        ranks.add(rank);
      }
      rank++;
    }
    Map<Integer, SortedSet<Integer>> own = experts;
    return new PinnedSlots(ranks, own.getOrDefault(layer, new TreeSet<>()));
  }

  /**
   * Pins of one layer.
   *
   * @param ranks whose slots stay
   * @param experts whose copies stay
   */
  record PinnedSlots(SortedSet<Integer> ranks, SortedSet<Integer> experts) {
    boolean hold(int rank, int expert) {
      return ranks.contains(rank) || experts.contains(expert);
    }
  }
}
