package dev.rackplan.bound;

import java.util.Arrays;

/**
 * {@code min α·f'y - β·( y'(M - diag ρ)y/R + ρ'y )} over {@code 0 ≤ y ≤ b, Σy = n}, from below.
 *
 * <p>Where M - diag ρ is negative semidefinite the objective is convex, so at any y its tangent
 * plane, minimised over the feasible y, is a lower bound on the minimum; Frank and Wolfe's steps
 * (1956) towards that plane's minimiser sharpen it. The minimiser of a plane is b on the cheapest
 * experts.
 */
final class ShareProgram {
  private final double[] linear;
  private final double[][] matrix;
  private final double[] shift;
  private final double quadratic;
  private final double total;
  private final double limit;
  private double[] point;

  /**
   * @param linear {@code α·f}
   * @param matrix M
   * @param shift ρ
   * @param pairWeight β
   * @param receivers R
   * @param total n
   * @param limit b; {@code n ≤ b·E}
   */
  ShareProgram(
      double[] linear,
      double[][] matrix,
      double[] shift,
      double pairWeight,
      double receivers,
      double total,
      double limit) {
    this.linear = linear.clone();
    SymmetricMatrix.add(this.linear, -pairWeight, shift);
    this.matrix = matrix;
    this.shift = shift;
    this.quadratic = pairWeight / receivers;
    this.total = total;
    this.limit = limit;
    this.point = new double[linear.length];
    Arrays.fill(point, total / linear.length);
  }

  /** Where the steps begin, instead of in the middle. */
  ShareProgram from(double[] start) {
    this.point = start.clone();
    return this;
  }

  /** Where the steps have come to. */
  double[] point() {
    return point;
  }

  /** The best tangent's bound after {@code steps} steps. */
  double lowerBound(int steps) {
    double best = Double.NEGATIVE_INFINITY;
    double[] product = product(point);
    for (int step = 0; step < steps; step++) {
      double[] gradient = linear.clone();
      SymmetricMatrix.add(gradient, -2 * quadratic, product);
      double[] corner = cheapest(gradient);
      double[] direction = corner.clone();
      SymmetricMatrix.add(direction, -1, point);
      double slope = SymmetricMatrix.dot(gradient, direction);
      double value =
          SymmetricMatrix.dot(linear, point) - quadratic * SymmetricMatrix.dot(point, product);
      best = Math.max(best, value + slope);
      double[] change = product(corner);
      SymmetricMatrix.add(change, -1, product);
      double curvature = -2 * quadratic * SymmetricMatrix.dot(direction, change);
      double length = curvature > 0 ? Math.min(1, -slope / curvature) : 1;
      SymmetricMatrix.add(point, length, direction);
      SymmetricMatrix.add(product, length, change);
    }
    return best;
  }

  private double[] product(double[] vector) {
    double[] product = SymmetricMatrix.times(matrix, vector);
    for (int e = 0; e < product.length; e++) {
      product[e] -= shift[e] * vector[e];
    }
    return product;
  }

  private double[] cheapest(double[] prices) {
    double[] ascending = prices.clone();
    Arrays.sort(ascending);
    double dearest = ascending[Math.min(prices.length, (int) Math.ceil(total / limit)) - 1];
    double[] corner = new double[prices.length];
    double left = total;
    for (int e = 0; e < prices.length; e++) {
      if (prices[e] < dearest) {
        corner[e] = Math.min(limit, left);
        left -= corner[e];
      }
    }
    for (int e = 0; e < prices.length && left > 0; e++) {
      if (prices[e] == dearest) {
        corner[e] = Math.min(limit, left);
        left -= corner[e];
      }
    }
    return corner;
  }
}
