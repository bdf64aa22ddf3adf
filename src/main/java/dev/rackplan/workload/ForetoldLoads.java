package dev.rackplan.workload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Loads that the next window may have, where windows so far are known by load.
 *
 * <p>The windows so far, mixed by weight, foretell the next one. How far each of them was from what
 * those before it foretold says how far that will be off: each possible next window is the mixture
 * times such factors, all of one window, an expert's from an expert with about as much load, since
 * what is hot cools and what is cold warms. A plan that is even on all of them does not rest on
 * loads that will have moved on. Left out: experts whose loads move together.
 */
public final class ForetoldLoads {
  // Over how many experts next to one by load a factor is taken, as a share of all: assumed.
  private static final double ABOUT_AS_MUCH = 1 / 16.0;
  private static final double LEAST_LOAD = 1e-6;

  // Of each window but the first: by rank of what was foretold, hottest first, what came over it.
  private final List<double[]> factors = new ArrayList<>();
  private final double[] foretold;
  private final SplitMix64 random;

  private ForetoldLoads(List<LayerRouting> windows, double keep, SplitMix64 random) {
    this.random = random;
    double[] sum = new double[windows.get(0).experts()];
    double weight = 0;
    for (LayerRouting window : windows) {
      double[] loads = window.frequencies();
      if (weight > 0) {
        factors.add(factors(divided(sum, weight), loads));
      }
      for (int e = 0; e < sum.length; e++) {
        sum[e] = keep * sum[e] + loads[e];
      }
      weight = keep * weight + 1;
    }
    this.foretold = divided(sum, weight);
  }

  /**
   * Possible loads of one layer: in each row, for each expert, the share of tokens that choose it.
   *
   * @param windows of the layer, oldest first, at least one; one alone says nothing of what moves,
   *     and is the only row then
   * @param keep what a window weighs against the next one, in [0, 1]
   * @param count rows
   */
  public static double[][] of(
      List<LayerRouting> windows, double keep, int count, long seed, int stream) {
    ForetoldLoads loads = new ForetoldLoads(windows, keep, SplitMix64.stream(seed, stream));
    return loads.factors.isEmpty()
        ? new double[][] {loads.foretold}
        : IntStream.range(0, count).mapToObj(loads::next).toArray(double[][]::new);
  }

  private static double[] divided(double[] sum, double weight) {
    return Arrays.stream(sum).map(load -> load / weight).toArray();
  }

  private static double[] factors(double[] foretold, double[] came) {
    return Arrays.stream(byLoad(foretold))
        .mapToDouble(e -> Math.max(LEAST_LOAD, came[e]) / Math.max(LEAST_LOAD, foretold[e]))
        .toArray();
  }

  private static int[] byLoad(double[] loads) {
    return IntStream.range(0, loads.length)
        .boxed()
        .sorted(Comparator.comparingDouble(e -> -loads[e]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private double[] next(int row) {
    double[] of = factors.get(row % factors.size());
    int reach = (int) Math.max(1, of.length * ABOUT_AS_MUCH);
    double[] loads = new double[of.length];
    int[] order = byLoad(foretold);
    for (int rank = 0; rank < order.length; rank++) {
      int from = Math.max(0, rank - reach);
      int end = Math.min(of.length, rank + reach + 1);
      int near = from + (int) (random.nextDouble() * (end - from));
      loads[order[rank]] = Math.max(LEAST_LOAD, foretold[order[rank]]) * of[near];
    }
    // As many choices a token as ever; no expert is chosen more than once by one.
    double scale = Arrays.stream(foretold).sum() / Arrays.stream(loads).sum();
    return Arrays.stream(loads).map(load -> Math.min(1, scale * load)).toArray();
  }
}
