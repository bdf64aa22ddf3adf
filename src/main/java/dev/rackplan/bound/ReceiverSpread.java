package dev.rackplan.bound;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Receivers that a token's experts are spread over at least, home included, by the spectrum of how
 * often experts are chosen together.
 *
 * <p>As in {@link RemoteReceivers}, D receivers are touched {@code ≥ α·k - β·Σ_B S_B'·C·S_B} times
 * in the mean. With Z = SS' the sum is {@code Tr CZ}. Rows of S sum to 1 and its columns to at most
 * the c slots of a receiver, so no eigenvalue of Z is above c, and {@code Z(e,e) = Σ_B S(e,B)²} is
 * at most 1, and at least 1 over the replicas of e. So for every diagonal d and positive
 * semidefinite W with {@code C ≤ diag d + W} (as forms)
 *
 * <pre>{@code
 * Tr CZ ≤ Σ_e d_e·Z(e,e) + c·Tr W.
 * }</pre>
 *
 * <p>W takes the D largest eigenvectors of C + diag u (Donath and Hoffman, 1973), d what is left,
 * certified by a Cholesky factorisation; u is moved a few subgradient steps. Left out: that shares
 * are not negative, and that receivers may have fewer than c slots.
 */
final class ReceiverSpread {
  private final CoChoice choices;
  private final int expertsPerToken;
  private final int experts;

  ReceiverSpread(CoChoice choices, int expertsPerToken) {
    this.choices = choices;
    this.expertsPerToken = expertsPerToken;
    this.experts = choices.experts();
  }

  /**
   * Least distinct receivers per token, in the mean.
   *
   * @param receivers D
   * @param slots c, most slots of one receiver
   * @param extra slots beyond one per expert, of all receivers together
   */
  double receivers(int receivers, int slots, int extra) {
    double pairs = pairs(receivers, slots, extra);
    double best = 0;
    for (int order = 1; order <= Math.max(1, expertsPerToken - 1); order++) {
      best = Math.max(best, 2.0 / (order + 1) * expertsPerToken - pairs / (order * (order + 1.0)));
    }
    return best;
  }

  // Upper bound of Tr CZ.
  private double pairs(int receivers, int slots, int extra) {
    double[] shift = new double[experts];
    double least = Double.POSITIVE_INFINITY;
    int rounds = experts <= 32 ? 60 : experts <= 64 ? 15 : 2;
    double length = 0.028 * expertsPerToken / Math.sqrt(experts);
    double[] start = new double[experts];
    for (int e = 0; e < experts; e++) {
      // Not orthogonal to anything by symmetry.
      start[e] = choices.frequency(e) * (1 + (e * 0.618) % 1);
    }
    for (int round = 0; round < rounds; round++) {
      double[][] matrix = new double[experts][experts];
      for (int e = 0; e < experts; e++) {
        for (int f = 0; f < experts; f++) {
          matrix[e][f] = choices.joint(e, f);
        }
        matrix[e][e] += shift[e];
      }
      int wanted = Math.min(experts, receivers + 1);
      TopEigenvectors top = TopEigenvectors.of(matrix, start, wanted);
      least = Math.min(least, certified(top, matrix, shift, slots, extra));
      shift = step(top, shift, receivers, slots, length / (1 + round / 30.0));
    }
    return least;
  }

  private double certified(
      TopEigenvectors top, double[][] matrix, double[] shift, int slots, int extra) {
    double rest = top.values()[top.values().length - 1];
    double trace = 0;
    for (int i = 0; i < top.values().length; i++) {
      double more = top.values()[i] - rest;
      trace += more;
      double[] vector = top.vectors()[i];
      for (int e = 0; e < experts; e++) {
        SymmetricMatrix.add(matrix[e], -more * vector[e], vector);
      }
    }
    double[] diagonal = new double[experts];
    double above = 1e-9;
    do {
      Arrays.fill(diagonal, rest + above);
      above *= 30;
    } while (!SymmetricMatrix.isPositiveDefinite(diagonal, matrix));
    for (int e = 0; e < experts; e++) {
      diagonal[e] -= shift[e];
    }
    return slots * trace + weighted(diagonal, extra);
  }

  // Most that Σ d_e·Z(e,e) can be: Z(e,e) = 1 where d_e > 0; else 1 over the replicas, the extra
  // slots given where each helps most, which is exact.
  private static double weighted(double[] diagonal, int extra) {
    double sum = 0;
    PriorityQueue<double[]> gains = new PriorityQueue<>((a, b) -> Double.compare(gain(b), gain(a)));
    for (double value : diagonal) {
      sum += value;
      if (value < 0) {
        gains.add(new double[] {-value, 1});
      }
    }
    for (int slot = 0; slot < extra && !gains.isEmpty(); slot++) {
      double[] expert = gains.poll();
      sum += gain(expert);
      expert[1]++;
      gains.add(expert);
    }
    return sum;
  }

  // 1/r - 1/(r+1) of the weight.
  private static double gain(double[] expert) {
    return expert[0] / (expert[1] * (expert[1] + 1));
  }

  private double[] step(
      TopEigenvectors top, double[] shift, int receivers, int slots, double length) {
    double[] slope = new double[experts];
    Arrays.fill(slope, -1);
    double budget = experts;
    for (int i = 0; i < Math.min(receivers, top.values().length); i++) {
      double used = Math.min(slots, budget);
      budget -= used;
      for (int e = 0; e < experts; e++) {
        slope[e] += used * top.vectors()[i][e] * top.vectors()[i][e];
      }
    }
    SymmetricMatrix.normalise(slope);
    double[] moved = shift.clone();
    SymmetricMatrix.add(moved, -length, slope);
    return moved;
  }
}
