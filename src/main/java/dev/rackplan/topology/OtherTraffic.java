package dev.rackplan.topology;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What others put on a topology's links while a plan runs there.
 *
 * @param exchanging GPUs of each of their stages, whose tokens go to all of its GPUs alike
 * @param running how many of these run at the same time, as a share of all
 * @param bytesPerSecond what flows steadily, by number of the link: the direction that carries more
 */
public record OtherTraffic(
    List<List<Integer>> exchanging, double running, SortedMap<Integer, Double> bytesPerSecond) {
  /** Nobody else. */
  public static final OtherTraffic NONE = new OtherTraffic(List.of(), 1, new TreeMap<>());

  public OtherTraffic {
    exchanging = exchanging.stream().map(List::copyOf).toList();
    bytesPerSecond = Collections.unmodifiableSortedMap(new TreeMap<>(bytesPerSecond));
    if (!(running > 0 && running <= 1)) {
      throw new IllegalArgumentException("running must be in (0, 1], was " + running);
    }
  }

  /** Whether there is none. */
  public boolean isNone() {
    return exchanging.isEmpty() && bytesPerSecond.isEmpty();
  }
}
