package dev.rackplan.bound;

/** The few operations that the bounds need of dense symmetric matrices, kept as rows. */
final class SymmetricMatrix {
  private SymmetricMatrix() {}

  static double[] times(double[][] matrix, double[] vector) {
    double[] product = new double[vector.length];
    for (int e = 0; e < vector.length; e++) {
      // Rows are columns, too.
      if (vector[e] != 0) {
        add(product, vector[e], matrix[e]);
      }
    }
    return product;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int e = 0; e < a.length; e++) {
      sum += a[e] * b[e];
    }
    return sum;
  }

  /** {@code sum += factor · vector}. */
  static void add(double[] sum, double factor, double[] vector) {
    for (int e = 0; e < sum.length; e++) {
      sum[e] += factor * vector[e];
    }
  }

  /** Scales to length 1; returns the length before. A zero vector stays. */
  static double normalise(double[] vector) {
    double length = Math.sqrt(dot(vector, vector));
    for (int e = 0; e < vector.length && length > 0; e++) {
      vector[e] /= length;
    }
    return length;
  }

  /**
   * Whether {@code diag(diagonal) - matrix} is positive definite: its Cholesky factorisation
   * exists.
   */
  static boolean isPositiveDefinite(double[] diagonal, double[][] matrix) {
    int size = diagonal.length;
    double[][] rest = new double[size][];
    for (int e = 0; e < size; e++) {
      rest[e] = new double[size];
      for (int f = e; f < size; f++) {
        rest[e][f] = -matrix[e][f];
      }
      rest[e][e] += diagonal[e];
    }
    for (int e = 0; e < size; e++) {
      double pivot = rest[e][e];
      if (!(pivot > 0)) {
        return false;
      }
      for (int f = e + 1; f < size; f++) {
        double factor = rest[e][f] / pivot;
        if (factor != 0) {
          for (int g = f; g < size; g++) {
            rest[f][g] -= factor * rest[e][g];
          }
        }
      }
    }
    return true;
  }
}
