package dev.rackplan.bound;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The exact best cut of a model's layers in contiguous stages: the least largest stage cost, and
 * among those cuts the least sum of squares, so that stages below the largest are even too.
 *
 * <p>A dynamic programme over (stages, layers), O(P·n²). Exact for costs that do not depend on the
 * other stages' layers; what does (expert placements that are solved again, hosts that could be
 * swapped) is left to the search.
 *
 * @param firstLayers first layer of each stage, ascending from 0
 * @param maxCost the largest stage cost; no split has a smaller one
 * @param sumOfSquares Σ cost² over stages
 */
public record StageSplit(List<Integer> firstLayers, double maxCost, double sumOfSquares) {
  public StageSplit {
    firstLayers = List.copyOf(firstLayers);
  }

  /** The best split into exactly {@code stages} stages, none empty. */
  public static StageSplit of(int layers, int stages, LayerRunCost cost) {
    return of(layers, stages, cost, (stage, first, last) -> true).orElseThrow();
  }

  /**
   * As {@link #of(int, int, LayerRunCost)} among splits whose every stage fits; empty where there
   * is none.
   */
  public static Optional<StageSplit> of(
      int layers, int stages, LayerRunCost cost, LayerRunFit fit) {
    if (stages < 1 || stages > layers) {
      throw new IllegalArgumentException("stages must be in 1.." + layers + ", were " + stages);
    }
    double[][][] costs = table(layers, stages, cost, fit);
    double maxCost = leastMax(costs, layers, stages);
    return maxCost == Double.POSITIVE_INFINITY
        ? Optional.empty()
        : Optional.of(leastSquares(costs, layers, stages, maxCost));
  }

  /**
   * [stage][first][last]; infinite where the run does not fit or would leave another stage empty.
   */
  private static double[][][] table(int layers, int stages, LayerRunCost cost, LayerRunFit fit) {
    double[][][] costs = new double[stages][layers][layers];
    for (int stage = 0; stage < stages; stage++) {
      for (int first = 0; first < layers; first++) {
        Arrays.fill(costs[stage][first], Double.POSITIVE_INFINITY);
        boolean reachable = first >= stage && (stage > 0 || first == 0);
        int least = stage == stages - 1 ? layers - 1 : first;
        for (int last = least; reachable && last <= layers - stages + stage; last++) {
          if (fit.fits(stage, first, last)) {
            costs[stage][first][last] = checked(cost.cost(stage, first, last), stage, first, last);
          }
        }
      }
    }
    return costs;
  }

  private static double checked(double cost, int stage, int first, int last) {
    if (!Double.isFinite(cost)) {
      throw new IllegalArgumentException(
          "cost of stage "
              + stage
              + " with layers ["
              + first
              + ", "
              + last
              + "] must be finite, was "
              + cost);
    }
    return cost;
  }

  private static double leastMax(double[][][] costs, int layers, int stages) {
    // best[end]: least largest cost of the stages so far when they hold layers 0..end-1.
    double[] best = none(layers);
    for (int stage = 0; stage < stages; stage++) {
      double[] next = none(layers);
      next[0] = Double.POSITIVE_INFINITY;
      for (int end = 1; end <= layers; end++) {
        for (int first = 0; first < end; first++) {
          next[end] = Math.min(next[end], Math.max(best[first], costs[stage][first][end - 1]));
        }
      }
      best = next;
    }
    return best[layers];
  }

  /**
   * Nothing placed yet: free at 0 layers, out of reach elsewhere. Costs may be negative, so free is
   * minus infinity for a maximum.
   */
  private static double[] none(int layers) {
    double[] best = new double[layers + 1];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    best[0] = Double.NEGATIVE_INFINITY;
    return best;
  }

  private static StageSplit leastSquares(
      double[][][] costs, int layers, int stages, double maxCost) {
    double[][] best = new double[stages + 1][layers + 1];
    int[][] firstOfLastStage = new int[stages + 1][layers + 1];
    for (double[] row : best) {
      Arrays.fill(row, Double.POSITIVE_INFINITY);
    }
    best[0][0] = 0;
    for (int stage = 0; stage < stages; stage++) {
      for (int end = 1; end <= layers; end++) {
        for (int first = 0; first < end; first++) {
          double cost = costs[stage][first][end - 1];
          double squares = best[stage][first] + cost * cost;
          if (cost <= maxCost && squares < best[stage + 1][end]) {
            best[stage + 1][end] = squares;
            firstOfLastStage[stage + 1][end] = first;
          }
        }
      }
    }
    Integer[] firstLayers = new Integer[stages];
    int end = layers;
    for (int stage = stages; stage > 0; stage--) {
      end = firstOfLastStage[stage][end];
      firstLayers[stage - 1] = end;
    }
    return new StageSplit(List.of(firstLayers), maxCost, best[stages][layers]);
  }
}
