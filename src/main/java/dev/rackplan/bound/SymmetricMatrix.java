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
   *
   * <p>Row by row, each minus the rows before it: four at a time, so that a row is read and written
   * a quarter as often. Most of a bound's time is spent here.
   */
  static boolean isPositiveDefinite(double[] diagonal, double[][] matrix) {
    int size = diagonal.length;
    double[][] rows = new double[size][];
    double[] pivots = new double[size];
    for (int f = 0; f < size; f++) {
      double[] row = negated(matrix[f], f);
      row[f] += diagonal[f];
      int e = 0;
      for (; e + 4 <= f; e += 4) {
        subtractFour(row, f, rows, e, pivots);
      }
      for (; e < f; e++) {
        subtractOne(row, f, rows[e], rows[e][f] / pivots[e]);
      }
      if (!(row[f] > 0)) {
        return false;
      }
      rows[f] = row;
      pivots[f] = row[f];
    }
    return true;
  }

  // The loops below have methods of their own: each is compiled once, at full speed, soon.

  private static double[] negated(double[] row, int from) {
    double[] negated = new double[row.length];
    for (int g = from; g < row.length; g++) {
      negated[g] = -row[g];
    }
    return negated;
  }

  private static void subtractOne(double[] row, int f, double[] before, double factor) {
    for (int g = f; g < row.length; g++) {
      row[g] -= factor * before[g];
    }
  }

  // Rows e..e+3 from row f, one after the other.
  private static void subtractFour(double[] row, int f, double[][] rows, int e, double[] pivots) {
    double[] a = rows[e];
    double[] b = rows[e + 1];
    double[] c = rows[e + 2];
    double[] d = rows[e + 3];
    double ofA = a[f] / pivots[e];
    double ofB = b[f] / pivots[e + 1];
    double ofC = c[f] / pivots[e + 2];
    double ofD = d[f] / pivots[e + 3];
    for (int g = f; g < row.length; g++) {
      row[g] = row[g] - ofA * a[g] - ofB * b[g] - ofC * c[g] - ofD * d[g];
    }
  }
}
