package dev.rackplan.workload;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Whether the order of windows says anything of their loads.
 *
 * <p>Of loads that walk a window is nearest to its neighbours, so that the way through all windows
 * in their order, summed over its steps, is shorter than through the same windows shuffled. Of
 * loads that come and go any order is as long. How far a window is from another: squared
 * differences of loads over experts and layers. A permutation test, of the statistic of von Neumann
 * (1941): mean square successive difference.
 */
final class WindowOrder {
  // The usual level of a test.
  private static final double LEVEL = 0.05;
  private static final int SHUFFLES = 2000;
  // Relative: a way and the same way backwards are equally long.
  private static final double ROUNDING = 1e-9;

  private WindowOrder() {}

  /**
   * Whether less than one in twenty orders of the windows is a shorter way than theirs. Of three
   * and of four windows only the shortest way tells: of three one in three orders, by chance.
   *
   * @param windows oldest first, at least one
   */
  static boolean tells(List<RoutingProfile> windows) {
    double[][] apart = apart(windows);
    int[] order = IntStream.range(0, windows.size()).toArray();
    double own = length(apart, order) * (1 - ROUNDING);
    SplitMix64 random = SplitMix64.stream(0, windows.size());
    int shorter = 0;
    for (int i = 0; i < SHUFFLES; i++) {
      random.shuffle(order);
      shorter += length(apart, order) < own ? 1 : 0;
    }
    return shorter < LEVEL * SHUFFLES;
  }

  private static double[][] apart(List<RoutingProfile> windows) {
    double[][] apart = new double[windows.size()][windows.size()];
    for (int layer = 0; layer < windows.get(0).layers().size(); layer++) {
      int of = layer;
      List<double[]> loads =
          windows.stream().map(window -> window.layers().get(of).frequencies()).toList();
      for (int i = 0; i < apart.length; i++) {
        for (int j = 0; j < i; j++) {
          apart[i][j] += squared(loads.get(i), loads.get(j));
          apart[j][i] = apart[i][j];
        }
      }
    }
    return apart;
  }

  private static double squared(double[] loads, double[] others) {
    double sum = 0;
    for (int e = 0; e < loads.length; e++) {
      double off = loads[e] - others[e];
      sum += off * off;
    }
    return sum;
  }

  private static double length(double[][] apart, int[] order) {
    double sum = 0;
    for (int i = 1; i < order.length; i++) {
      sum += apart[order[i - 1]][order[i]];
    }
    return sum;
  }
}
