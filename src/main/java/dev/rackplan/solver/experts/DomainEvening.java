package dev.rackplan.solver.experts;

import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.DispatchRule;

/**
 * Exchanges copies between the GPUs of a domain as long as that relieves its fullest GPU: which
 * experts each domain holds, and so the traffic between domains, stays as it is. Mutable, for one
 * placement.
 */
final class DomainEvening {
  // An exchange is worth more than rounding.
  private static final double LEAST_RELIEF = 1e-6;

  private final DispatchRule rule;
  private final StageShape shape;
  private final double[] frequency;
  private final GpuSlots dealt;

  private DomainEvening(DispatchRule rule, StageShape shape, double[] frequency, GpuSlots dealt) {
    this.rule = rule;
    this.shape = shape;
    this.frequency = frequency;
    this.dealt = dealt;
  }

  /**
   * A map with the same experts in each domain, its fullest GPU no fuller.
   *
   * @param frequency share of tokens per expert
   * @param map without second copies on a GPU; the result has none either
   */
  static ExpertMap of(DispatchRule rule, StageShape shape, double[] frequency, ExpertMap map) {
    int[] slots = map.toArray();
    new DomainEvening(rule, shape, frequency, map.dealt()).evenOut(slots);
    return new ExpertMap(slots, map.gpus());
  }

  private void evenOut(int[] slots) {
    double[] slotLoad = slotLoads(slots);
    double[] gpuLoad = new double[dealt.gpus()];
    for (int slot = 0; slot < slots.length; slot++) {
      gpuLoad[dealt.gpuOfSlot(slot)] += slotLoad[slot];
    }
    for (int domain = 0; domain < shape.domainCount(); domain++) {
      int exchanges = 0;
      while (exchanges < slots.length && relieves(domain, slots, slotLoad, gpuLoad)) {
        exchanges++;
      }
    }
  }

  // What a copy gets does not depend on which GPU of its domain holds it, where a node is a domain.
  private double[] slotLoads(int[] slots) {
    double[] loads = new double[slots.length];
    int[][] replicas = PlanShapes.replicaGpus(new ExpertMap(slots, dealt.gpus()), frequency.length);
    ReplicaShares[] shares = new ReplicaShares[frequency.length];
    for (int slot = 0; slot < slots.length; slot++) {
      int expert = slots[slot];
      if (shares[expert] == null) {
        shares[expert] = ReplicaShares.of(rule, shape, replicas[expert]);
      }
      for (int i = 0; i < shares[expert].gpuCount(); i++) {
        if (shares[expert].gpu(i) == dealt.gpuOfSlot(slot)) {
          loads[slot] = frequency[expert] * shares[expert].totalShare(i);
        }
      }
    }
    return loads;
  }

  // The exchange of one of the fullest GPU's copies that leaves the fuller of both emptiest.
  private boolean relieves(int domain, int[] slots, double[] slotLoad, double[] gpuLoad) {
    int fullest = -1;
    for (int g = 0; g < gpuLoad.length; g++) {
      if (shape.domainOf(g) == domain && (fullest < 0 || gpuLoad[g] > gpuLoad[fullest])) {
        fullest = g;
      }
    }
    if (fullest < 0) {
      return false;
    }
    double least = gpuLoad[fullest] * (1 - LEAST_RELIEF);
    int best = -1;
    int bestOther = -1;
    for (int gpu = 0; gpu < gpuLoad.length; gpu++) {
      // What a GPU has to be rid of can't go to one that is as full.
      if (gpu == fullest || shape.domainOf(gpu) != domain || gpuLoad[gpu] >= least) {
        continue;
      }
      for (int i = 0; i < dealt.slotsOf(fullest); i++) {
        int slot = dealt.firstSlot(fullest) + i;
        for (int j = 0; j < dealt.slotsOf(gpu); j++) {
          int other = dealt.firstSlot(gpu) + j;
          double moved = slotLoad[slot] - slotLoad[other];
          double fuller = Math.max(gpuLoad[fullest] - moved, gpuLoad[gpu] + moved);
          if (fuller < least
              && !dealt.holds(slots, gpu, slots[slot])
              && !dealt.holds(slots, fullest, slots[other])) {
            least = fuller;
            best = slot;
            bestOther = other;
          }
        }
      }
    }
    if (best < 0) {
      return false;
    }
    double moved = slotLoad[best] - slotLoad[bestOther];
    gpuLoad[fullest] -= moved;
    gpuLoad[dealt.gpuOfSlot(bestOther)] += moved;
    int expert = slots[best];
    slots[best] = slots[bestOther];
    slots[bestOther] = expert;
    slotLoad[best] -= moved;
    slotLoad[bestOther] += moved;
    return true;
  }
}
