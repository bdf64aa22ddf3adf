package dev.rackplan.benchmark;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * In the style of vllm-ascend's swift balancer: changes a running map by a bounded number of moves,
 * at most one expert from any GPU to any other, by loads alone. Replicas share an expert's load
 * evenly.
 *
 * <p>Every expert's first copy stays. The other slots are dealt again: each to the expert with most
 * load a replica, on the lightest GPU that lacks it. Then the most loaded GPU exchanges an expert
 * with a light one, again and again, while that takes at least 1% of a mean GPU's load off it. A
 * layer whose slowest GPU has less than 1.01 of the mean stays, and so does one that would be no
 * better.
 *
 * <p>Source: {@code policy_swift_balancer.py} of github.com/vllm-project/vllm-ascend, read and
 * written for rackplan; its redundancy within nodes is left out, as it is unless asked for, and a
 * replica's load is the expert's over its replicas throughout.
 */
final class SwiftBalancer {
  private static final double BALANCED = 1.01;
  private static final double LEAST_GAIN = 0.01;
  private static final int MOST_EXCHANGES = 100;
  private static final int MOST_BETWEEN_TWO = 1;

  private final ExpertMap running;
  private final double[] loads;
  private final GpuSlots dealt;
  private final int gpus;
  private final int[] replicas;
  private final int[] slots;
  private final double[] gpuLoad;
  // Experts sent, from GPU to GPU, and by receiver.
  private final int[][] sent;
  private final List<Set<Integer>> received = new ArrayList<>();
  // Where each expert's first copy is.
  private final int[] home;

  private SwiftBalancer(ExpertMap running, double[] loads) {
    this.running = running;
    this.loads = loads;
    this.dealt = running.dealt();
    this.gpus = running.gpus();
    this.replicas = new int[loads.length];
    this.slots = running.toArray();
    this.gpuLoad = new double[gpus];
    this.sent = new int[gpus][gpus];
    this.home = new int[loads.length];
    for (int gpu = 0; gpu < gpus; gpu++) {
      received.add(new HashSet<>());
    }
  }

  /**
   * The map after one rebalancing.
   *
   * @param running every expert has a slot
   * @param loads by expert
   */
  static ExpertMap rebalance(ExpertMap running, double[] loads) {
    double before = imbalance(running, loads);
    if (before < BALANCED) {
      return running;
    }
    SwiftBalancer balancer = new SwiftBalancer(running, loads);
    balancer.dealRedundant();
    for (int i = 0; i < MOST_EXCHANGES && balancer.exchange(); i++) {}
    ExpertMap after = new ExpertMap(balancer.slots, running.gpus());
    return imbalance(after, loads) < before ? after : running;
  }

  /** Load of the slowest GPU over the mean. */
  static double imbalance(ExpertMap map, double[] loads) {
    int[] replicas = new int[loads.length];
    for (int slot = 0; slot < map.slots(); slot++) {
      replicas[map.expert(slot)]++;
    }
    double[] gpuLoad = new double[map.gpus()];
    for (int slot = 0; slot < map.slots(); slot++) {
      gpuLoad[map.gpuOfSlot(slot)] += loads[map.expert(slot)] / replicas[map.expert(slot)];
    }
    double sum = Arrays.stream(gpuLoad).sum();
    return sum == 0 ? 1 : Arrays.stream(gpuLoad).max().orElseThrow() * map.gpus() / sum;
  }

  private double each(int expert) {
    return loads[expert] / replicas[expert];
  }

  private void dealRedundant() {
    List<Deque<Integer>> free = freeSlots();
    int count = free.stream().mapToInt(Deque::size).sum();
    List<Integer> further = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int best = -1;
      for (int expert = 0; expert < loads.length; expert++) {
        if (replicas[expert] < gpus && (best < 0 || each(expert) > each(best))) {
          best = expert;
        }
      }
      replicas[best]++;
      further.add(best);
    }
    recount();
    further.sort(Comparator.comparingDouble((Integer expert) -> -each(expert)));
    for (int expert : further) {
      int to = lightest(expert, free);
      if (to >= 0) {
        put(expert, free.get(to).pop(), to);
      } else {
        replicas[expert]--;
      }
    }
    fillRest(free);
    recount();
  }

  // Slots of further copies: an expert's first one is that of the lowest place on any GPU.
  private List<Deque<Integer>> freeSlots() {
    List<Deque<Integer>> free = new ArrayList<>();
    for (int gpu = 0; gpu < gpus; gpu++) {
      free.add(new ArrayDeque<>());
    }
    for (int place = 0; place < dealt.mostSlotsPerGpu(); place++) {
      for (int gpu = 0; gpu < gpus; gpu++) {
        if (place < dealt.slotsOf(gpu)) {
          int slot = dealt.firstSlot(gpu) + place;
          int expert = running.expert(slot);
          if (replicas[expert] == 0) {
            replicas[expert] = 1;
            home[expert] = gpu;
          } else {
            free.get(gpu).add(slot);
            slots[slot] = -1;
          }
        }
      }
    }
    return free;
  }

  private int lightest(int expert, List<Deque<Integer>> free) {
    int best = -1;
    for (int gpu = 0; gpu < gpus; gpu++) {
      if (!free.get(gpu).isEmpty()
          && !dealt.holds(slots, gpu, expert)
          && sent[home[expert]][gpu] < MOST_BETWEEN_TWO
          && (best < 0 || gpuLoad[gpu] < gpuLoad[best])) {
        best = gpu;
      }
    }
    return best;
  }

  private void put(int expert, int slot, int gpu) {
    slots[slot] = expert;
    gpuLoad[gpu] += each(expert);
    sent[home[expert]][gpu]++;
    received.get(gpu).add(expert);
  }

  private void fillRest(List<Deque<Integer>> free) {
    for (int gpu = 0; gpu < gpus; gpu++) {
      while (!free.get(gpu).isEmpty()) {
        int best = -1;
        for (int expert = 0; expert < loads.length; expert++) {
          if (!dealt.holds(slots, gpu, expert) && (best < 0 || each(expert) > each(best))) {
            best = expert;
          }
        }
        replicas[best]++;
        put(best, free.get(gpu).pop(), gpu);
      }
    }
  }

  // Of the slots that hold an expert.
  private void recount() {
    Arrays.fill(gpuLoad, 0);
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] >= 0) {
        gpuLoad[dealt.gpuOfSlot(slot)] += each(slots[slot]);
      }
    }
  }

  private boolean exchange() {
    int[] order =
        IntStream.range(0, gpus)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer gpu) -> gpuLoad[gpu]))
            .mapToInt(gpu -> gpu)
            .toArray();
    int hottest = order[gpus - 1];
    double threshold = LEAST_GAIN * Arrays.stream(gpuLoad).sum() / gpus;
    for (int gpu : Arrays.copyOf(order, gpus - 1)) {
      if (sent[hottest][gpu] < MOST_BETWEEN_TWO
          && sent[gpu][hottest] < MOST_BETWEEN_TWO
          && exchange(hottest, gpu, threshold)) {
        return true;
      }
    }
    return false;
  }

  private boolean exchange(int hottest, int gpu, double threshold) {
    double least = gpuLoad[hottest] - threshold;
    int bestSlot = -1;
    int bestOther = -1;
    for (int slot : slotsOf(hottest)) {
      for (int other : slotsOf(gpu)) {
        if (movable(slots[slot], hottest, gpu) && movable(slots[other], gpu, hottest)) {
          double moved = each(slots[slot]) - each(slots[other]);
          double most = Math.max(gpuLoad[hottest] - moved, gpuLoad[gpu] + moved);
          if (most <= least && most < gpuLoad[hottest]) {
            least = most;
            bestSlot = slot;
            bestOther = other;
          }
        }
      }
    }
    if (bestSlot < 0) {
      return false;
    }
    double moved = each(slots[bestSlot]) - each(slots[bestOther]);
    gpuLoad[hottest] -= moved;
    gpuLoad[gpu] += moved;
    received.get(hottest).add(slots[bestOther]);
    received.get(gpu).add(slots[bestSlot]);
    sent[hottest][gpu]++;
    sent[gpu][hottest]++;
    int expert = slots[bestSlot];
    slots[bestSlot] = slots[bestOther];
    slots[bestOther] = expert;
    return true;
  }

  private boolean movable(int expert, int from, int to) {
    return !received.get(from).contains(expert) && !dealt.holds(slots, to, expert);
  }

  private int[] slotsOf(int gpu) {
    int first = dealt.firstSlot(gpu);
    return IntStream.range(first, first + dealt.slotsOf(gpu)).toArray();
  }
}
