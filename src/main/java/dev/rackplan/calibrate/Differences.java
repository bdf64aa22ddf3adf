package dev.rackplan.calibrate;

import java.util.function.UnaryOperator;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.ValueAndJacobianFunction;
import org.hipparchus.util.Pair;

/** A function whose derivatives are taken as forward differences. */
final class Differences implements ValueAndJacobianFunction {
  private static final double STEP = 1e-6;

  private final UnaryOperator<RealVector> function;

  Differences(UnaryOperator<RealVector> function) {
    this.function = function;
  }

  @Override
  public Pair<RealVector, RealMatrix> value(RealVector point) {
    return new Pair<>(function.apply(point), computeJacobian(point.toArray()));
  }

  @Override
  public RealVector computeValue(double[] point) {
    return function.apply(new org.hipparchus.linear.ArrayRealVector(point, false));
  }

  @Override
  public RealMatrix computeJacobian(double[] point) {
    RealVector here = computeValue(point);
    double[][] slopes = new double[here.getDimension()][point.length];
    for (int p = 0; p < point.length; p++) {
      double[] moved = point.clone();
      moved[p] += STEP;
      RealVector there = computeValue(moved);
      for (int i = 0; i < slopes.length; i++) {
        slopes[i][p] = (there.getEntry(i) - here.getEntry(i)) / STEP;
      }
    }
    return new Array2DRowRealMatrix(slopes, false);
  }
}
