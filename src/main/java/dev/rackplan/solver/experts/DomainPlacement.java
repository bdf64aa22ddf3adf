package dev.rackplan.solver.experts;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Builds a placement domain by domain: how many copies, in which domain, on which GPU.
 *
 * <ol>
 *   <li>The hottest experts get a copy in every domain, so that their tokens stay at home; what
 *       slots are left go to the expert with most load a copy, as usual.
 *   <li>Copies, heaviest first, go to a domain that lacks the expert: to that whose experts it is
 *       chosen with most, among those that are not fuller than the emptiest by more than a little;
 *       where nobody knows what is chosen together, to the emptiest.
 *   <li>In its domain each copy goes to the lightest GPU with room that lacks the expert; then the
 *       domain is evened out ({@link DomainEvening}).
 * </ol>
 *
 * <p>Full copies of the hottest experts were the strongest policy that AMD measured on 8 MI355X
 * (MoRI-EP's balancer); how many of them is left to the caller, who knows what a placement costs.
 * Mutable, for one placement.
 */
final class DomainPlacement {
  // By how much of a GPU's mean load a domain's GPUs may be ahead of the emptiest's: assumed.
  private static final double SLACK = 0.04;

  private final DispatchRule rule;
  private final double[] frequency;
  private final GpuSlots dealt;
  private final StageShape shape;
  private final Partners partners;
  private final int[] copies;
  private final int[] room;
  private final double[] load;
  // Experts of each domain, and each copy's domain in the order of placing.
  private final boolean[][] holds;
  private final double meanLoad;

  private DomainPlacement(
      LayerProblem problem, double[] frequency, GpuSlots dealt, Partners partners, int full) {
    this.rule = problem.engine().dispatchRule();
    this.frequency = frequency;
    this.dealt = dealt;
    this.shape = problem.shape();
    this.partners = partners;
    this.copies = copies(frequency, dealt, shape.domainCount(), full);
    this.room = new int[shape.domainCount()];
    for (int g = 0; g < dealt.gpus(); g++) {
      room[shape.domainOf(g)] += dealt.slotsOf(g);
    }
    this.load = new double[room.length];
    this.holds = new boolean[room.length][frequency.length];
    this.meanLoad = Arrays.stream(frequency).sum() / dealt.gpus();
  }

  /** How many experts can have a copy in every domain. */
  static int mostFull(int experts, int slots, int domains) {
    return domains == 1 ? 0 : Math.min(experts, (slots - experts) / (domains - 1));
  }

  /**
   * A sound placement.
   *
   * @param frequency share of tokens per expert
   * @param partners who is chosen with whom; without any, domains are evened out alone
   * @param full experts with a copy in every domain, at most {@link #mostFull}
   */
  static ExpertMap of(
      LayerProblem problem, double[] frequency, GpuSlots dealt, Partners partners, int full) {
    return new DomainPlacement(problem, frequency, dealt, partners, full).place();
  }

  private static int[] copies(double[] frequency, GpuSlots dealt, int domains, int full) {
    int[] copies = new int[frequency.length];
    Arrays.fill(copies, 1);
    int left = dealt.slots() - frequency.length;
    for (int i = 0; i < full; i++) {
      copies[most(frequency, copies, 1)] = domains;
      left -= domains - 1;
    }
    for (; left > 0; left--) {
      copies[most(frequency, copies, dealt.gpus() - 1)]++;
    }
    return copies;
  }

  // The expert with most load a copy among those with at most that many.
  private static int most(double[] frequency, int[] copies, int atMost) {
    int most = -1;
    for (int e = 0; e < frequency.length; e++) {
      if (copies[e] <= atMost
          && (most < 0 || frequency[e] / copies[e] > frequency[most] / copies[most])) {
        most = e;
      }
    }
    return most;
  }

  private ExpertMap place() {
    int[] slots = new int[dealt.slots()];
    int[] used = new int[dealt.gpus()];
    double[] gpuLoad = new double[dealt.gpus()];
    int[] order =
        IntStream.range(0, frequency.length)
            .boxed()
            // Experts with many copies first: they need room everywhere.
            .sorted(
                Comparator.comparingInt((Integer e) -> -Math.min(copies[e], room.length))
                    .thenComparingDouble(e -> -frequency[e] / copies[e]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int expert : order) {
      for (int copy = 0; copy < copies[expert]; copy++) {
        int domain = domainFor(expert);
        int gpu = gpuFor(expert, domain, slots, used, gpuLoad);
        slots[dealt.firstSlot(gpu) + used[gpu]++] = expert;
        gpuLoad[gpu] += frequency[expert] / copies[expert];
        load[domain] += frequency[expert] / copies[expert];
        room[domain]--;
        holds[domain][expert] = true;
      }
    }
    ExpertMap sound =
        new ExpertMap(slots, dealt.gpus()).withoutSecondCopies(frequency, shape::domainOf);
    return DomainEvening.of(rule, shape, frequency, sound);
  }

  private int domainFor(int expert) {
    double least = Double.POSITIVE_INFINITY;
    boolean lacks = false;
    for (int d = 0; d < room.length; d++) {
      if (room[d] > 0 && (!holds[d][expert] || !lacks)) {
        least = !holds[d][expert] && !lacks ? gpuLoad(d) : Math.min(least, gpuLoad(d));
        lacks |= !holds[d][expert];
      }
    }
    int best = -1;
    double most = -1;
    for (int d = 0; d < room.length; d++) {
      if (room[d] > 0 && holds[d][expert] != lacks && gpuLoad(d) <= least + SLACK * meanLoad) {
        double together = together(expert, d);
        if (best < 0 || together > most || (together == most && gpuLoad(d) < gpuLoad(best))) {
          best = d;
          most = together;
        }
      }
    }
    return best;
  }

  // Of a GPU of the domain in the mean: domains may have unlike numbers of them.
  private double gpuLoad(int domain) {
    return load[domain] / shape.domainSize(domain);
  }

  // Nearest partners weigh most.
  private double together(int expert, int domain) {
    int[] known = partners.of(expert);
    double sum = 0;
    for (int i = 0; i < known.length; i++) {
      sum += holds[domain][known[i]] ? known.length - i : 0;
    }
    return sum;
  }

  private int gpuFor(int expert, int domain, int[] slots, int[] used, double[] gpuLoad) {
    int best = -1;
    boolean bestLacks = false;
    for (int g = 0; g < used.length; g++) {
      if (shape.domainOf(g) == domain && used[g] < dealt.slotsOf(g)) {
        boolean lacks = true;
        for (int i = 0; i < used[g]; i++) {
          lacks &= slots[dealt.firstSlot(g) + i] != expert;
        }
        if (best < 0
            || (lacks && !bestLacks)
            || (lacks == bestLacks && gpuLoad[g] < gpuLoad[best])) {
          best = g;
          bestLacks = lacks;
        }
      }
    }
    return best;
  }
}
