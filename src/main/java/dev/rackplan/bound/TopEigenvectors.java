package dev.rackplan.bound;

import java.util.Arrays;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.RealVector;

/**
 * The largest eigenvalues of a symmetric matrix with unit eigenvectors: all of them where the
 * matrix is small, else Lanczos with full reorthogonalisation (Golub and Van Loan, <i>Matrix
 * Computations</i>, 10.3).
 *
 * <p>An estimate that guides a search: whoever needs a bound certifies it ({@link
 * SymmetricMatrix#isPositiveDefinite}). Left out: a repeated eigenvalue is found once by Lanczos.
 *
 * @param values largest first
 * @param vectors the same order
 */
record TopEigenvectors(double[] values, double[][] vectors) {
  private static final int SMALL = 64;
  private static final double BREAKDOWN = 1e-12;

  /**
   * @param start a vector that is not orthogonal to what is wanted; not written to
   * @param count how many are wanted; fewer are returned where the search breaks down
   */
  static TopEigenvectors of(double[][] matrix, double[] start, int count) {
    try {
      return found(matrix, start, count);
    } catch (MathIllegalStateException e) {
      // The library gives up now and then where nearly all eigenvalues are equal.
      return rowSums(matrix, start);
    }
  }

  // Gershgorin: no eigenvalue is above the largest row sum.
  private static TopEigenvectors rowSums(double[][] matrix, double[] start) {
    double most = 0;
    for (double[] row : matrix) {
      double sum = 0;
      for (double value : row) {
        sum += Math.abs(value);
      }
      most = Math.max(most, sum);
    }
    double[] vector = start.clone();
    SymmetricMatrix.normalise(vector);
    return new TopEigenvectors(new double[] {most}, new double[][] {vector});
  }

  private static TopEigenvectors found(double[][] matrix, double[] start, int count) {
    int size = matrix.length;
    if (size <= SMALL) {
      EigenDecompositionSymmetric all =
          new EigenDecompositionSymmetric(new Array2DRowRealMatrix(matrix, false));
      return top(all, Math.min(count, size), null);
    }
    int steps = Math.min(size, 2 * count + 12);
    double[][] basis = new double[steps][];
    double[] main = new double[steps];
    double[] beside = new double[steps];
    basis[0] = start.clone();
    SymmetricMatrix.normalise(basis[0]);
    int found = 0;
    for (int s = 0; s < steps; s++) {
      double[] next = SymmetricMatrix.times(matrix, basis[s]);
      main[s] = SymmetricMatrix.dot(next, basis[s]);
      found = s + 1;
      // Twice is enough: Kahan and Parlett.
      for (int pass = 0; pass < 2; pass++) {
        for (int b = 0; b <= s; b++) {
          SymmetricMatrix.add(next, -SymmetricMatrix.dot(next, basis[b]), basis[b]);
        }
      }
      beside[s] = SymmetricMatrix.normalise(next);
      if (beside[s] < BREAKDOWN || s + 1 == steps) {
        break;
      }
      basis[s + 1] = next;
    }
    EigenDecompositionSymmetric small =
        new EigenDecompositionSymmetric(
            Arrays.copyOf(main, found), Arrays.copyOf(beside, found - 1));
    return top(small, Math.min(count, found), basis);
  }

  private static TopEigenvectors top(
      EigenDecompositionSymmetric found, int count, double[][] basis) {
    double[] values = new double[count];
    double[][] vectors = new double[count][];
    // Descending for symmetric matrices.
    for (int i = 0; i < count; i++) {
      values[i] = found.getEigenvalue(i);
      RealVector vector = found.getEigenvector(i);
      vectors[i] = basis == null ? vector.toArray() : combine(vector, basis);
    }
    return new TopEigenvectors(values, vectors);
  }

  private static double[] combine(RealVector weights, double[][] basis) {
    double[] sum = new double[basis[0].length];
    for (int b = 0; b < weights.getDimension(); b++) {
      SymmetricMatrix.add(sum, weights.getEntry(b), basis[b]);
    }
    return sum;
  }
}
