package dev.rackplan.serving;

import dev.rackplan.serving.Found.Instances;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which GPUs of one cluster the instances of its pools take: the largest first, each within one
 * domain, in the fullest that has room, over empty ones in a row, or stage by stage in the
 * emptiest. The domains are equal, except for a smaller last one.
 */
public final class PoolPlaces {
  private final int domain;
  // First free GPU of each domain, and the one behind its last.
  private final int[] next;
  private final int[] end;
  // Domain that was last put something into; -1 = none.
  private int begun = -1;

  private PoolPlaces(int gpus, int domain) {
    this.domain = domain;
    int domains = (gpus + domain - 1) / domain;
    this.next = IntStream.range(0, domains).map(d -> d * domain).toArray();
    this.end = IntStream.range(0, domains).map(d -> Math.min(gpus, (d + 1) * domain)).toArray();
  }

  /**
   * Ascending indices of each pool's GPUs, each instance's in a row.
   *
   * @param gpus of the cluster
   * @param domain GPUs of one
   * @return empty where the instances do not fit into domains, though their GPUs are no more
   */
  public static Optional<List<List<Integer>>> of(int gpus, int domain, List<Instances> pools) {
    PoolPlaces places = new PoolPlaces(gpus, domain);
    List<List<Integer>> taken =
        pools.stream()
            .map(pool -> new ArrayList<Integer>())
            .collect(Collectors.toCollection(ArrayList::new));
    List<Integer> largestFirst =
        IntStream.range(0, pools.size())
            .boxed()
            .sorted(Comparator.comparingInt(p -> -pools.get(p).layout().gpus()))
            .toList();
    for (int p : largestFirst) {
      InstanceShape shape = InstanceShape.of(pools.get(p).layout());
      int parts = shape.isSpread(domain) ? shape.stages() : 1;
      int size = shape.gpus() / parts;
      for (int i = 0; i < pools.get(p).count() * parts; i++) {
        int first =
            shape.isSpread(domain)
                ? places.stage(size)
                : size > domain ? places.whole(size) : places.within(size);
        if (first < 0) {
          return Optional.empty();
        }
        IntStream.range(first, first + size).forEach(taken.get(p)::add);
      }
    }
    taken.forEach(own -> own.sort(Comparator.naturalOrder()));
    return Optional.of(taken.stream().map(List::copyOf).toList());
  }

  // Where an instance in one domain begins; -1 where none has room.
  private int within(int size) {
    int best = -1;
    for (int d = 0; d < next.length; d++) {
      int room = end[d] - next[d];
      if (room >= size && (best < 0 || room < end[best] - next[best])) {
        best = d;
      }
    }
    return taken(best, size);
  }

  // Where a stage begins: behind the one before, or in the emptiest domain; -1 where none has room.
  private int stage(int size) {
    int best = -1;
    for (int d = 0; d < next.length; d++) {
      int room = end[d] - next[d];
      if (room >= size && (best < 0 || room > end[best] - next[best])) {
        best = d;
      }
    }
    return taken(begun >= 0 && end[begun] - next[begun] >= size ? begun : best, size);
  }

  private int taken(int from, int size) {
    begun = from;
    if (from < 0) {
      return -1;
    }
    next[from] += size;
    return next[from] - size;
  }

  // Where one over domains in a row begins, all of them empty; it may end within the last.
  private int whole(int size) {
    int wanted = (size + domain - 1) / domain;
    for (int d = 0; d + wanted <= next.length; d++) {
      int first = d * domain;
      boolean free = first + size <= end[d + wanted - 1];
      for (int i = d; i < d + wanted; i++) {
        free &= next[i] == i * domain;
      }
      if (free) {
        for (int i = d; i < d + wanted; i++) {
          next[i] = Math.min(end[i], first + size);
        }
        return first;
      }
    }
    return -1;
  }
}
