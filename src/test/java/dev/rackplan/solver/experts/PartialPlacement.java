package dev.rackplan.solver.experts;

import dev.rackplan.plan.GpuSlots;
import java.util.Arrays;
import java.util.List;

/**
 * A placement of a tiny layer with only the first experts of an order placed, each on the GPUs of a
 * mask. Immutable; {@link #with} places the next one.
 *
 * <p>What is used so far is used by every placement it can become, since no expert lowers a load, a
 * count of active experts or a count of copies.
 */
final class PartialPlacement {
  private final List<LayerTerms> scenarios;
  private final int[] order;
  private final int[] masks;
  private final int[] room;
  private final int[] masksWithRoom;
  private final double[][] roofs;
  // [scenario][event][flow]: chance that the experts placed make no copy.
  private final double[][][] none;
  private final double[][] links;

  private PartialPlacement(
      List<LayerTerms> scenarios,
      int[] order,
      int[] masks,
      int[] room,
      double[][] roofs,
      double[][][] none) {
    this.scenarios = scenarios;
    this.order = order;
    this.masks = masks;
    this.room = room;
    this.roofs = roofs;
    this.none = none;
    this.masksWithRoom = findMasks();
    this.links = new double[scenarios.size()][];
    for (int s = 0; s < links.length; s++) {
      links[s] = countLinks(scenarios.get(s), none[s]);
    }
  }

  /** No expert placed. */
  static PartialPlacement empty(List<LayerTerms> scenarios, int[] order, GpuSlots dealt) {
    int[] room = new int[dealt.gpus()];
    for (int g = 0; g < room.length; g++) {
      room[g] = dealt.slotsOf(g);
    }
    double[][] roofs = new double[scenarios.size()][];
    double[][][] none = new double[scenarios.size()][][];
    for (int s = 0; s < roofs.length; s++) {
      LayerTerms terms = scenarios.get(s);
      roofs[s] = terms.emptyRoof;
      none[s] = new double[terms.weight.length][terms.share[0].length];
      for (double[] flows : none[s]) {
        Arrays.fill(flows, 1);
      }
    }
    return new PartialPlacement(scenarios, order, new int[0], room, roofs, none);
  }

  /** The same with the next expert on the GPUs of {@code mask}. */
  PartialPlacement with(int mask) {
    int expert = order[masks.length];
    int[] more = Arrays.copyOf(masks, masks.length + 1);
    more[masks.length] = mask;
    int[] less = room.clone();
    for (int g = 0; g < less.length; g++) {
      less[g] -= mask >> g & 1;
    }
    double[][] roofsThen = new double[roofs.length][];
    double[][][] noneThen = new double[roofs.length][][];
    for (int s = 0; s < roofs.length; s++) {
      LayerTerms terms = scenarios.get(s);
      roofsThen[s] = roofs[s].clone();
      for (int r = 0; r < roofs[s].length; r++) {
        roofsThen[s][r] += terms.roof[expert][mask][r];
      }
      noneThen[s] = none[s].clone();
      for (int v = 0; v < noneThen[s].length; v++) {
        double chance = terms.chance[v][expert];
        if (chance > 0) {
          double[] flows = none[s][v].clone();
          for (int f = 0; f < flows.length; f++) {
            flows[f] *= 1 - chance * terms.share[mask][f];
          }
          noneThen[s][v] = flows;
        }
      }
    }
    return new PartialPlacement(scenarios, order, more, less, roofsThen, noneThen);
  }

  // Enough slots must be left for the other experts, and not more on a GPU than there are experts.
  private int[] findMasks() {
    int others = order.length - masks.length - 1;
    int all = Arrays.stream(room).sum();
    int[] found = new int[1 << room.length];
    int count = 0;
    for (int mask = 1; mask < found.length; mask++) {
      boolean fits = all - Integer.bitCount(mask) >= others;
      for (int g = 0; g < room.length; g++) {
        int left = room[g] - (mask >> g & 1);
        fits &= left >= 0 && left <= others;
      }
      if (fits) {
        found[count++] = mask;
      }
    }
    return Arrays.copyOf(found, count);
  }

  private static double[] countLinks(LayerTerms terms, double[][] none) {
    double[] copies = new double[terms.share[0].length];
    for (int v = 0; v < none.length; v++) {
      for (int f = 0; f < copies.length; f++) {
        copies[f] += terms.weight[v] * (1 - none[v][f]);
      }
    }
    double[] links = new double[terms.link.length];
    for (int l = 0; l < links.length; l++) {
      for (int f = 0; f < copies.length; f++) {
        links[l] += terms.link[l][f] * copies[f];
      }
    }
    return links;
  }

  /** Experts placed. */
  int placed() {
    return masks.length;
  }

  boolean complete() {
    return masks.length == order.length;
  }

  /** Slots left on {@code gpu}. */
  int room(int gpu) {
    return room[gpu];
  }

  /** Where the next expert can go without leaving a later one, or a slot, without a place. */
  int[] masksWithRoom() {
    return masksWithRoom;
  }

  /** Seconds of each roof of {@code scenario}. */
  double[] roofs(int scenario) {
    return roofs[scenario];
  }

  /** Seconds of each link of {@code scenario}. */
  double[] links(int scenario) {
    return links[scenario];
  }

  /** [event][flow]: chance that the experts placed make no copy. */
  double[][] none(int scenario) {
    return none[scenario];
  }

  /** Seconds of the slowest scenario as it is: what it costs at least when it is complete. */
  double seconds() {
    double slowest = 0;
    for (int s = 0; s < roofs.length; s++) {
      double seconds =
          expertSeconds(s)
              + Arrays.stream(links[s]).max().orElse(0)
              + scenarios.get(s).fixedSeconds;
      slowest = Math.max(slowest, seconds);
    }
    return slowest;
  }

  // No expert lowers a roof, and the expected slowest rises with each.
  private double expertSeconds(int scenario) {
    double[] roof = roofs[scenario];
    double[] seconds = new double[roof.length / 2];
    for (int g = 0; g < seconds.length; g++) {
      seconds[g] = Math.max(roof[g], roof[seconds.length + g]);
    }
    return scenarios.get(scenario).rank.seconds(seconds);
  }

  /** Expert by slot, slots dealt as in the case. */
  int[] slots(GpuSlots dealt) {
    int[] slots = new int[dealt.slots()];
    int[] next = new int[dealt.gpus()];
    for (int i = 0; i < masks.length; i++) {
      for (int gpu : LayerTerms.gpusOf(masks[i])) {
        slots[dealt.firstSlot(gpu) + next[gpu]++] = order[i];
      }
    }
    return slots;
  }
}
