package dev.rackplan.solver.experts;

import java.util.Arrays;
import java.util.List;

/**
 * Lower bounds on what unfinished placements of a tiny layer can become: a Lagrangian relaxation,
 * in which GPUs no longer have to be filled exactly.
 *
 * <p>A maximum is at least any weighted mean, the expected slowest GPU's time at least that and
 * what the weights' entropy adds, and what GPUs' slots cost and bring at any {@link
 * Multipliers#price} is equal for every placement that fills them. So with weights on scenarios,
 * roofs and links and a price per slot, each expert that is not placed yet can take the set of GPUs
 * that is cheapest for itself, and the sum is a lower bound, whatever weights and prices are.
 * Subgradient steps look for ones with which it is high.
 *
 * <p>Merged copies are no sum over experts. With S the chance that an event's experts placed so far
 * make no copy, those not placed yet, R, add {@code S·(1 - Π_R(1 - x_e)) ≥ S·κ·Σ_R x_e}, where κ is
 * the left side over the sum at the largest x: the ratio falls in each x.
 */
final class PlacementRelaxation {
  /**
   * Weights, roofs' and links' each with the scenario's as their sum, scenarios' with 1; prices in
   * s.
   */
  static final class Multipliers {
    final double[][] roofs;
    final double[][] links;
    final double[] price;

    Multipliers(List<LayerTerms> scenarios, int gpus) {
      roofs = new double[scenarios.size()][];
      links = new double[scenarios.size()][];
      for (int s = 0; s < roofs.length; s++) {
        roofs[s] = even(scenarios.get(s).emptyRoof.length, 1.0 / roofs.length);
        links[s] = even(scenarios.get(s).link.length, 1.0 / roofs.length);
      }
      price = new double[gpus];
    }

    private static double[] even(int length, double sum) {
      double[] weights = new double[length];
      Arrays.fill(weights, sum / length);
      return weights;
    }

    void set(Multipliers from) {
      for (int s = 0; s < roofs.length; s++) {
        System.arraycopy(from.roofs[s], 0, roofs[s], 0, roofs[s].length);
        System.arraycopy(from.links[s], 0, links[s], 0, links[s].length);
      }
      System.arraycopy(from.price, 0, price, 0, price.length);
    }
  }

  // Step lengths, tried out on layers of 8 to 12 experts; the bound holds with any. The first
  // placement's steps shrink to 1% in the course of 300, later ones start near a good place.
  private static final double FIRST_STEP = 0.5;
  private static final double FIRST_SHRINKING = Math.log(100) / 300;
  private static final double LATER_STEP = 0.2;
  private static final double LATER_SHRINKING = 0.2;
  // What a step of 1 does to the weight of something that takes as long as the whole layer, and to
  // a price in units of the layer's time per expert.
  private static final double WEIGHT_RATE = 3;
  private static final double PRICE_RATE = 0.25;
  // A weight of 0 would stay 0.
  private static final double LEAST_WEIGHT = 1e-6;

  private final List<LayerTerms> scenarios;
  private final int[] order;
  private final int gpus;
  // [scenario][experts placed][event]: κ.
  private final double[][][] leastRatio;
  // What the rest would use at the current multipliers, scratch.
  private final double[][] roofUse;
  private final double[][] linkUse;
  private final int[] slotUse;
  private final double[][] perShare;
  // [scenario][expert][flow]: copies per unit of share at least.
  private final double[][][] copies;

  /**
   * @param order the order in which experts are placed
   */
  PlacementRelaxation(List<LayerTerms> scenarios, int[] order, int gpus) {
    this.scenarios = scenarios;
    this.order = order;
    this.gpus = gpus;
    this.leastRatio = new double[scenarios.size()][order.length][];
    this.roofUse = new double[scenarios.size()][];
    this.linkUse = new double[scenarios.size()][];
    this.slotUse = new int[gpus];
    this.perShare = new double[scenarios.size()][scenarios.get(0).share[0].length];
    this.copies = new double[scenarios.size()][order.length][];
    for (int s = 0; s < scenarios.size(); s++) {
      LayerTerms terms = scenarios.get(s);
      roofUse[s] = new double[terms.emptyRoof.length];
      linkUse[s] = new double[terms.link.length];
      for (int placed = 0; placed < order.length; placed++) {
        leastRatio[s][placed] = leastRatios(terms, placed);
        copies[s][placed] = new double[terms.share[0].length];
      }
    }
  }

  private double[] leastRatios(LayerTerms terms, int placed) {
    double[] ratios = new double[terms.weight.length];
    for (int v = 0; v < ratios.length; v++) {
      double none = 1;
      double sum = 0;
      for (int i = placed; i < order.length; i++) {
        none *= 1 - terms.chance[v][order[i]];
        sum += terms.chance[v][order[i]];
      }
      ratios[v] = sum == 0 ? 0 : (1 - none) / sum;
    }
    return ratios;
  }

  /**
   * What {@code partial} costs at least in s once its next expert is on the GPUs of each mask;
   * infinite where there is no room.
   *
   * @param multipliers where to start; left where the last step went
   * @param enough no step is taken once nothing below this is left
   */
  double[] leastWithNext(
      PartialPlacement partial, Multipliers multipliers, int steps, double enough) {
    int placed = partial.placed();
    double[] least = new double[1 << gpus];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int mask : partial.masksWithRoom()) {
      least[mask] = 0;
    }
    countCopies(partial);
    double[] costs = new double[least.length];
    double[] costsOfNext = new double[least.length];
    boolean left = true;
    for (int step = 0; step < steps && left; step++) {
      double rest = start(partial, multipliers);
      for (int i = placed; i < order.length; i++) {
        double[] into = i == placed ? costsOfNext : costs;
        int cheapest = cheapest(partial, multipliers, order[i], into);
        rest += i == placed ? 0 : into[cheapest];
        use(order[i], cheapest);
      }
      left = false;
      for (int mask : partial.masksWithRoom()) {
        least[mask] = Math.max(least[mask], rest + costsOfNext[mask]);
        left |= least[mask] < enough;
      }
      climb(multipliers, partial, step, enough);
    }
    return least;
  }

  // For each expert to come and each flow the least copies that a unit of share adds.
  private void countCopies(PartialPlacement partial) {
    for (int s = 0; s < copies.length; s++) {
      LayerTerms terms = scenarios.get(s);
      double[] ratios = leastRatio[s][partial.placed()];
      for (int i = partial.placed(); i < order.length; i++) {
        double[] ofExpert = copies[s][order[i]];
        Arrays.fill(ofExpert, 0);
        for (int v = 0; v < ratios.length; v++) {
          double chance = terms.chance[v][order[i]];
          if (chance > 0) {
            double factor = terms.weight[v] * ratios[v] * chance;
            for (int f = 0; f < ofExpert.length; f++) {
              ofExpert[f] += factor * partial.none(s)[v][f];
            }
          }
        }
      }
    }
  }

  // What is certain: the experts placed, and what the slots left cost.
  private double start(PartialPlacement partial, Multipliers multipliers) {
    double sum = 0;
    for (int s = 0; s < roofUse.length; s++) {
      System.arraycopy(partial.roofs(s), 0, roofUse[s], 0, roofUse[s].length);
      System.arraycopy(partial.links(s), 0, linkUse[s], 0, linkUse[s].length);
      double weight = 0;
      for (int r = 0; r < roofUse[s].length; r++) {
        sum += multipliers.roofs[s][r] * roofUse[s][r];
        weight += multipliers.roofs[s][r];
      }
      for (int l = 0; l < linkUse[s].length; l++) {
        sum += multipliers.links[s][l] * linkUse[s][l];
      }
      sum += weight * (scenarios.get(s).fixedSeconds + spread(s, multipliers.roofs[s], weight));
      Arrays.fill(perShare[s], 0);
      for (int l = 0; l < linkUse[s].length; l++) {
        for (int f = 0; f < perShare[s].length; f++) {
          perShare[s][f] += multipliers.links[s][l] * scenarios.get(s).link[l][f];
        }
      }
    }
    for (int g = 0; g < gpus; g++) {
      sum -= multipliers.price[g] * partial.room(g);
      slotUse[g] = 0;
    }
    return sum;
  }

  // What the expected slowest GPU takes beyond the weighted mean: β·ln Σ exp(m/β) is the most that
  // Σ w·m + β·H(w) reaches over all weights w of sum 1, with their entropy H (Gibbs).
  private double spread(int scenario, double[] roofs, double weight) {
    double excess = scenarios.get(scenario).rank.excessSeconds();
    if (excess == 0) {
      return 0;
    }
    double entropy = 0;
    for (int g = 0; g < gpus; g++) {
      double share = (roofs[g] + roofs[gpus + g]) / weight;
      entropy -= share * Math.log(share);
    }
    return excess / Math.log(gpus) * entropy;
  }

  private int cheapest(
      PartialPlacement partial, Multipliers multipliers, int expert, double[] costs) {
    int cheapest = 0;
    for (int mask : partial.masksWithRoom()) {
      double cost = 0;
      for (int g = 0; g < gpus; g++) {
        cost += (mask >> g & 1) * multipliers.price[g];
      }
      for (int s = 0; s < roofUse.length; s++) {
        LayerTerms terms = scenarios.get(s);
        double[] roof = terms.roof[expert][mask];
        double[] weights = multipliers.roofs[s];
        for (int r = 0; r < roof.length; r++) {
          cost += weights[r] * roof[r];
        }
        double[] share = terms.share[mask];
        double[] ofExpert = copies[s][expert];
        for (int f = 0; f < share.length; f++) {
          cost += perShare[s][f] * share[f] * ofExpert[f];
        }
      }
      costs[mask] = cost;
      if (cheapest == 0 || cost < costs[cheapest]) {
        cheapest = mask;
      }
    }
    return cheapest;
  }

  private void use(int expert, int mask) {
    for (int s = 0; s < roofUse.length; s++) {
      LayerTerms terms = scenarios.get(s);
      for (int r = 0; r < roofUse[s].length; r++) {
        roofUse[s][r] += terms.roof[expert][mask][r];
      }
      for (int l = 0; l < linkUse[s].length; l++) {
        for (int f = 0; f < terms.share[mask].length; f++) {
          linkUse[s][l] += terms.link[l][f] * terms.share[mask][f] * copies[s][expert][f];
        }
      }
    }
    for (int g = 0; g < gpus; g++) {
      slotUse[g] += mask >> g & 1;
    }
  }

  // More weight on what is used most, a higher price where more slots are wanted than there are.
  private void climb(Multipliers multipliers, PartialPlacement partial, int step, double scale) {
    double rate =
        partial.placed() == 0
            ? FIRST_STEP * Math.exp(-FIRST_SHRINKING * step)
            : LATER_STEP / (1 + LATER_SHRINKING * step);
    double sum = 0;
    for (int s = 0; s < roofUse.length; s++) {
      double roofs = reweigh(multipliers.roofs[s], roofUse[s], rate * WEIGHT_RATE / scale);
      double links = reweigh(multipliers.links[s], linkUse[s], rate * WEIGHT_RATE / scale);
      // The scenario that is slower at these weights gains.
      double weight = Math.sqrt(roofs * links);
      normalize(multipliers.roofs[s], weight);
      normalize(multipliers.links[s], weight);
      sum += weight;
    }
    for (int s = 0; s < roofUse.length; s++) {
      double weight = Arrays.stream(multipliers.roofs[s]).sum() / sum;
      normalize(multipliers.roofs[s], weight);
      normalize(multipliers.links[s], weight);
    }
    for (int g = 0; g < gpus; g++) {
      multipliers.price[g] +=
          rate * PRICE_RATE * scale / order.length * (slotUse[g] - partial.room(g));
    }
  }

  private static double reweigh(double[] weights, double[] use, double rate) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.max(LEAST_WEIGHT, weights[i] * Math.exp(rate * use[i]));
      sum += weights[i];
    }
    return sum;
  }

  private static void normalize(double[] weights, double sum) {
    double now = 0;
    for (double weight : weights) {
      now += weight;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= sum / now;
    }
  }
}
