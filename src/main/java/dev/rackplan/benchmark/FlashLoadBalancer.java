package dev.rackplan.benchmark;

import dev.rackplan.baseline.HottestCopies;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * In the style of vllm-ascend's FlashLB: replicas and places that keep the mean over steps of the
 * slowest GPU's load low, whatever the network is. Replicas share an expert's load evenly, none
 * lies twice on a GPU.
 *
 * <p>1. Replicas by {@link HottestCopies}. 2. Replicas, the most loaded first, go to the GPU with
 * room where the mean over steps of the slowest GPU stays least. 3. Slots of the GPU that takes
 * most are exchanged with others while that mean falls.
 *
 * <p>Source of the first two: {@code policy_flashlb.py} of github.com/vllm-project/vllm-ascend
 * (0.11 to 0.23), read, and written for rackplan. Left out are its trials of other numbers of
 * replicas group by group; the third step stands in for them. Ties go to the lowest index.
 */
final class FlashLoadBalancer {
  private static final int MOST_EXCHANGES = 64;
  private static final double LEAST_GAIN = 1e-9;

  private final double[][] load;
  private final GpuSlots dealt;
  private final int steps;
  private final int experts;
  private final int[] replicas;
  // By step and GPU.
  private final double[][] gpuLoad;
  private final int[] slots;

  private FlashLoadBalancer(double[][] load, GpuSlots dealt) {
    this.load = load;
    this.dealt = dealt;
    this.steps = load.length;
    this.experts = load[0].length;
    this.replicas = HottestCopies.of(byExpert(load), steps, dealt.slots(), dealt.gpus());
    this.gpuLoad = new double[steps][dealt.gpus()];
    this.slots = new int[dealt.slots()];
  }

  /**
   * A map for the loads of several steps.
   *
   * @param load [steps][experts], at least one step; steps with more load count more
   * @param dealt slots of the layer, at least as many as experts, no GPU with more than experts
   */
  static ExpertMap place(double[][] load, GpuSlots dealt) {
    FlashLoadBalancer balancer = new FlashLoadBalancer(load, dealt);
    balancer.pack();
    for (int i = 0; i < MOST_EXCHANGES && balancer.exchange(); i++) {}
    return new ExpertMap(balancer.slots, dealt.gpus());
  }

  private double each(int step, int expert) {
    return load[step][expert] / replicas[expert];
  }

  private static double[] byExpert(double[][] load) {
    double[] loads = new double[load[0].length * load.length];
    for (int at = 0; at < loads.length; at++) {
      loads[at] = load[at % load.length][at / load.length];
    }
    return loads;
  }

  private void pack() {
    Arrays.fill(slots, -1);
    int[] next = IntStream.range(0, dealt.gpus()).map(dealt::firstSlot).toArray();
    double[] total = IntStream.range(0, experts).mapToDouble(this::sum).toArray();
    int[] order =
        IntStream.range(0, experts)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer e) -> -total[e]))
            .mapToInt(e -> e)
            .toArray();
    for (int expert : order) {
      for (int replica = 0; replica < replicas[expert]; replica++) {
        int gpu = lightest(expert, next);
        if (gpu >= 0) {
          add(expert, gpu, 1);
          slots[next[gpu]++] = expert;
        }
      }
    }
    fill();
  }

  private int lightest(int expert, int[] next) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    double lightest = Double.POSITIVE_INFINITY;
    for (int gpu = 0; gpu < dealt.gpus(); gpu++) {
      if (next[gpu] < dealt.firstSlot(gpu) + dealt.slotsOf(gpu)
          && !dealt.holds(slots, gpu, expert)) {
        double slowest = 0;
        double own = 0;
        for (int step = 0; step < steps; step++) {
          double there = gpuLoad[step][gpu] + each(step, expert);
          slowest += Math.max(there, Arrays.stream(gpuLoad[step]).max().orElseThrow());
          own += there;
        }
        if (slowest < least || slowest == least && own < lightest) {
          least = slowest;
          lightest = own;
          best = gpu;
        }
      }
    }
    return best;
  }

  // Where the last replicas of an expert found only GPUs that hold it.
  private void fill() {
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] < 0) {
        int gpu = dealt.gpuOfSlot(slot);
        int best = -1;
        for (int expert = 0; expert < experts; expert++) {
          if (!dealt.holds(slots, gpu, expert) && (best < 0 || sum(expert) > sum(best))) {
            best = expert;
          }
        }
        slots[slot] = best;
      }
    }
    Arrays.fill(replicas, 0);
    for (int expert : slots) {
      replicas[expert]++;
    }
    for (double[] row : gpuLoad) {
      Arrays.fill(row, 0);
    }
    for (int slot = 0; slot < slots.length; slot++) {
      add(slots[slot], dealt.gpuOfSlot(slot), 1);
    }
  }

  private double sum(int expert) {
    double sum = 0;
    for (int step = 0; step < steps; step++) {
      sum += each(step, expert);
    }
    return sum;
  }

  private void add(int expert, int gpu, int sign) {
    for (int step = 0; step < steps; step++) {
      gpuLoad[step][gpu] += sign * each(step, expert);
    }
  }

  /** The exchange of a slot of the most loaded GPU that gains most; false where none gains. */
  private boolean exchange() {
    int from = busiest();
    // By step: the slowest of all other GPUs than two is among the three slowest.
    int[][] slowest = new int[steps][];
    double now = 0;
    for (int step = 0; step < steps; step++) {
      slowest[step] = threeSlowest(gpuLoad[step]);
      now += gpuLoad[step][slowest[step][0]];
    }
    double least = now * (1 - LEAST_GAIN);
    int bestSlot = -1;
    int bestOther = -1;
    for (int slot = dealt.firstSlot(from);
        slot < dealt.firstSlot(from) + dealt.slotsOf(from);
        slot++) {
      for (int other = 0; other < slots.length; other++) {
        int to = dealt.gpuOfSlot(other);
        if (to != from
            && !dealt.holds(slots, from, slots[other])
            && !dealt.holds(slots, to, slots[slot])) {
          double after = after(slowest, slots[slot], from, slots[other], to);
          if (after < least) {
            least = after;
            bestSlot = slot;
            bestOther = other;
          }
        }
      }
    }
    if (bestSlot < 0) {
      return false;
    }
    swap(bestSlot, bestOther);
    return true;
  }

  private void swap(int slot, int other) {
    int gpu = dealt.gpuOfSlot(slot);
    int there = dealt.gpuOfSlot(other);
    add(slots[slot], gpu, -1);
    add(slots[slot], there, 1);
    add(slots[other], there, -1);
    add(slots[other], gpu, 1);
    int expert = slots[slot];
    slots[slot] = slots[other];
    slots[other] = expert;
  }

  // The GPU that is the slowest of most steps' load.
  private int busiest() {
    double[] share = new double[dealt.gpus()];
    for (double[] row : gpuLoad) {
      share[threeSlowest(row)[0]] += 1;
    }
    return threeSlowest(share)[0];
  }

  private double after(int[][] slowest, int expert, int from, int other, int to) {
    double sum = 0;
    for (int step = 0; step < steps; step++) {
      double change = each(step, other) - each(step, expert);
      double most = Math.max(gpuLoad[step][from] + change, gpuLoad[step][to] - change);
      for (int gpu : slowest[step]) {
        if (gpu != from && gpu != to) {
          most = Math.max(most, gpuLoad[step][gpu]);
          break;
        }
      }
      sum += most;
    }
    return sum;
  }

  private static int[] threeSlowest(double[] loads) {
    int[] three = {-1, -1, -1};
    for (int gpu = 0; gpu < loads.length; gpu++) {
      for (int place = 0; place < 3; place++) {
        if (three[place] < 0 || loads[gpu] > loads[three[place]]) {
          System.arraycopy(three, place, three, place + 1, 2 - place);
          three[place] = gpu;
          break;
        }
      }
    }
    return Arrays.copyOf(three, Math.min(3, loads.length));
  }
}
