package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Placements to start from. */
final class StartPlacement {
  private StartPlacement() {}

  /**
   * Replicas to the expert with most load a replica, then, heaviest first, each to the lightest GPU
   * with room that lacks the expert.
   *
   * @param frequency share of tokens per expert
   */
  static ExpertMap greedy(double[] frequency, GpuSlots dealt) {
    int slots = dealt.slots();
    int gpus = dealt.gpus();
    int[] replicas = new int[frequency.length];
    Arrays.fill(replicas, 1);
    for (int extra = frequency.length; extra < slots; extra++) {
      int most = -1;
      for (int e = 0; e < frequency.length; e++) {
        if (replicas[e] < gpus
            && (most < 0 || frequency[e] / replicas[e] > frequency[most] / replicas[most])) {
          most = e;
        }
      }
      replicas[most]++;
    }
    return packed(frequency, replicas, dealt);
  }

  /**
   * Copies, heaviest first, each to the lightest GPU with room that lacks the expert.
   *
   * @param frequency share of tokens per expert
   * @param replicas copies of each expert, as many as slots
   */
  static ExpertMap packed(double[] frequency, int[] replicas, GpuSlots dealt) {
    int slots = dealt.slots();
    int gpus = dealt.gpus();
    Integer[] order =
        IntStream.range(0, frequency.length)
            .boxed()
            // Experts with many replicas first among equals keeps room for them.
            .sorted(
                Comparator.comparingDouble((Integer e) -> -frequency[e] / replicas[e])
                    .thenComparingInt(e -> -replicas[e]))
            .toArray(Integer[]::new);
    int[] result = new int[slots];
    int[] used = new int[gpus];
    double[] load = new double[gpus];
    for (int e : order) {
      for (int r = 0; r < replicas[e]; r++) {
        int gpu = lightest(result, used, load, e, dealt);
        result[dealt.firstSlot(gpu) + used[gpu]++] = e;
        load[gpu] += frequency[e] / replicas[e];
      }
    }
    return new ExpertMap(result, gpus).withoutSecondCopies(frequency);
  }

  private static int lightest(int[] slots, int[] used, double[] load, int expert, GpuSlots dealt) {
    int best = -1;
    boolean bestFree = false;
    for (int g = 0; g < used.length; g++) {
      if (used[g] < dealt.slotsOf(g)) {
        boolean free = true;
        for (int i = 0; i < used[g]; i++) {
          free &= slots[dealt.firstSlot(g) + i] != expert;
        }
        if (best < 0 || (free && !bestFree) || (free == bestFree && load[g] < load[best])) {
          best = g;
          bestFree = free;
        }
      }
    }
    return best;
  }
}
