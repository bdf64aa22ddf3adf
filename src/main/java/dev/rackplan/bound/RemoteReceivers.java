package dev.rackplan.bound;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Receivers away from home that a token is sent to at least, from how often experts are chosen
 * together.
 *
 * <p>Let S(e,B) be the share of home A's tokens of expert e that go to receiver B, and n the
 * (random) number of a token's experts that go to B. For whole n and any j ≥ 1, {@code [n>0] ≥
 * 2n/(j+1) - 2·pairs/(j(j+1))} (Dawson and Sankoff, 1967), so with α = 2/(j+1), β = 1/(j(j+1)) and
 * C the pairs' frequencies the receivers R of a token are in the mean at least
 *
 * <pre>{@code
 * α·Σ_e f_e·y_e - β·Σ_B S_B'·C·S_B,    y_e = Σ_B S(e,B), the share that leaves home.
 * }</pre>
 *
 * <p>Home has m slots, so y sums to at least n = E - m; bringing a share home spares copies, so to
 * n exactly. Take μ ≥ 0 and ρ with {@code Q = C - μ·11' - diag ρ} negative semidefinite. Then
 * {@code Σ_B S_B'QS_B ≤ y'Qy/R} by concavity, {@code Σ_B (1'S_B)² ≤ c·n} where a receiver has c
 * slots, and {@code Σ_B S(e,B)² ≤ y_e} since shares are at most 1. What is left is a convex program
 * in y ({@link ShareProgram}), of which any tangent is a bound. Every j, μ and ρ gives a valid one;
 * they are searched. Holds under every dispatch rule, since it asks nothing of S but its rows, its
 * columns and that a token's experts choose independently, as in the cost model.
 *
 * <p>The program is convex in y, so its mean over homes is at least that of the mean y, which
 * leaves out less: each expert has a home somewhere. The search for ρ is a subgradient method on
 * its logarithm, a fixed number of rounds; the result is certified by a Cholesky factorisation.
 */
final class RemoteReceivers {
  // Multiples of the mean of C.
  private static final double[] PULLS = {0, 0.5, 1, 2, 3};
  private static final double[] PULLS_OF_MANY = {0.5, 2};
  private static final int FEW_EXPERTS = 32;
  private static final int MANY_EXPERTS = 64;
  private static final int FIRST_STEPS = 4;
  private static final int LAST_STEPS = 30;

  private final CoChoice choices;
  private final int expertsPerToken;
  private final double[] frequency;
  private final double meanPair;

  private double limit;
  private double[][] matrix;
  private double pull;
  private double[] shift;
  private double[] eigenvector;

  RemoteReceivers(CoChoice choices, int expertsPerToken) {
    this.choices = choices;
    this.expertsPerToken = expertsPerToken;
    this.frequency = new double[choices.experts()];
    double pairs = 0;
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = choices.frequency(e);
      for (int f = 0; f < frequency.length; f++) {
        pairs += choices.joint(e, f);
      }
    }
    this.meanPair = pairs / frequency.length / frequency.length;
  }

  /**
   * Least distinct receivers away from home per token, in the mean.
   *
   * @param atHome m, slots at home; or the mean over homes
   * @param mostAway largest share of an expert's tokens that can leave home: 1, or in the mean over
   *     homes 1 - the smallest home's share, since each expert has a home somewhere
   * @param receivers R, receivers elsewhere
   * @param slots c, most experts of one receiver: its slots, or the experts not at a home where
   *     those are fewer
   */
  double copies(double atHome, double mostAway, int receivers, int slots) {
    double away = frequency.length - atHome;
    if (away <= 0 || receivers == 0) {
      return 0;
    }
    limit = mostAway;
    List<Start> starts = new ArrayList<>();
    for (double multiple : frequency.length > MANY_EXPERTS ? PULLS_OF_MANY : PULLS) {
      begin(multiple * meanPair);
      for (int order = 1; order <= Math.max(1, expertsPerToken - 1); order++) {
        double bound =
            program(order, receivers, away).lowerBound(FIRST_STEPS) - pullCost(order, away, slots);
        starts.add(new Start(pull, order, bound));
      }
    }
    starts.sort(Comparator.comparingDouble(start -> -start.bound()));
    double best = 0;
    int tried = frequency.length <= FEW_EXPERTS ? 2 : 1;
    for (Start start : starts.subList(0, Math.min(tried, starts.size()))) {
      best = Math.max(best, sharpened(start, receivers, away, slots));
    }
    return best;
  }

  /** A choice of μ and j, and about what it promises. */
  private record Start(double pull, int order, double bound) {}

  private double sharpened(Start start, int receivers, double away, int slots) {
    begin(start.pull());
    double[] point = sharpen(start.order(), receivers, away);
    certify();
    return program(start.order(), receivers, away).from(point).lowerBound(LAST_STEPS)
        - pullCost(start.order(), away, slots);
  }

  private static double pairWeight(int order) {
    return 1.0 / (order * (order + 1.0));
  }

  private double pullCost(int order, double away, int slots) {
    return pairWeight(order) * pull * slots * away;
  }

  private ShareProgram program(int order, int receivers, double away) {
    double[] linear = new double[frequency.length];
    SymmetricMatrix.add(linear, 2.0 / (order + 1), frequency);
    return new ShareProgram(linear, matrix, shift, pairWeight(order), receivers, away, limit);
  }

  // M = C - μ·11', and ρ in proportion to the frequencies.
  private void begin(double newPull) {
    pull = newPull;
    int experts = frequency.length;
    matrix = new double[experts][experts];
    shift = new double[experts];
    for (int e = 0; e < experts; e++) {
      shift[e] = frequency[e] + 1e-3 * expertsPerToken / experts;
      for (int f = 0; f < experts; f++) {
        matrix[e][f] = choices.joint(e, f) - pull;
      }
    }
    eigenvector = new double[experts];
    Arrays.fill(eigenvector, 1);
    rescale();
  }

  // The least multiple of ρ that makes M - diag ρ negative semidefinite, about.
  private void rescale() {
    int experts = shift.length;
    double[] root = new double[experts];
    double[] start = new double[experts];
    for (int e = 0; e < experts; e++) {
      root[e] = Math.sqrt(shift[e]);
      start[e] = eigenvector[e] * root[e];
    }
    double[][] scaled = new double[experts][experts];
    for (int e = 0; e < experts; e++) {
      for (int f = 0; f < experts; f++) {
        scaled[e][f] = matrix[e][f] / (root[e] * root[f]);
      }
    }
    TopEigenvectors top = TopEigenvectors.of(scaled, start, 1);
    double factor = Math.max(0, top.values()[0]);
    // Nobody shares a token with an expert that is never chosen: its ρ must not vanish.
    double floor = 1e-9 * expertsPerToken / experts;
    for (int e = 0; e < experts; e++) {
      shift[e] = Math.max(floor, shift[e] * factor);
      eigenvector[e] = top.vectors()[0][e] / root[e];
    }
    SymmetricMatrix.normalise(eigenvector);
  }

  // Less ρ where the program's y makes it dear, more where the largest eigenvector needs it.
  // Leaves the best ρ found; returns its y.
  private double[] sharpen(int order, int receivers, double away) {
    double best = Double.NEGATIVE_INFINITY;
    double[] bestShift = shift.clone();
    double[] point = program(order, receivers, away).point();
    double[] bestPoint = point;
    int rounds = shift.length <= FEW_EXPERTS ? 30 : shift.length <= MANY_EXPERTS ? 20 : 6;
    for (int round = 0; round < rounds; round++) {
      ShareProgram program = program(order, receivers, away).from(point);
      double bound = program.lowerBound(FIRST_STEPS);
      point = program.point();
      if (bound > best) {
        best = bound;
        bestShift = shift.clone();
        bestPoint = point;
      }
      step(point, receivers, 0.5 / (1 + round / 10.0));
      rescale();
    }
    shift = bestShift;
    return bestPoint;
  }

  private void step(double[] point, int receivers, double length) {
    double[] cost = new double[shift.length];
    double sum = 0;
    for (int e = 0; e < cost.length; e++) {
      cost[e] = Math.max(1e-3, point[e] - point[e] * point[e] / receivers);
      sum += cost[e];
    }
    double most = 0;
    for (int e = 0; e < cost.length; e++) {
      cost[e] = cost[e] / sum - eigenvector[e] * eigenvector[e];
      most = Math.max(most, Math.abs(cost[e]));
    }
    for (int e = 0; e < cost.length && most > 0; e++) {
      shift[e] *= StrictMath.exp(-length * cost[e] / most);
    }
  }

  private void certify() {
    double[] tried = shift;
    for (double more = 1e-6; !SymmetricMatrix.isPositiveDefinite(tried, matrix); more *= 10) {
      tried = shift.clone();
      // Beside the multiple something absolute: ρ may be too small where its expert is rare.
      double least = more * meanPair;
      for (int e = 0; e < tried.length; e++) {
        tried[e] = shift[e] * (1 + more) + least;
      }
    }
    shift = tried;
  }
}
