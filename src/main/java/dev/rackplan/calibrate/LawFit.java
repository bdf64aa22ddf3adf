package dev.rackplan.calibrate;

import dev.rackplan.law.LawForm;
import dev.rackplan.law.Op;
import dev.rackplan.law.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresFactory;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresProblem;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;

/**
 * Fits a law to measured times: least squares on {@code ln(law / measured)}, with the loss of soft
 * L1 so that kernels of another kind among the rows do not count more than their number.
 *
 * <p>A few starts are tried on a part of the rows; the best goes on with all.
 */
final class LawFit<O extends Op> {
  /** Where the loss turns from square to absolute, in ln(law / measured). */
  static final double LOSS_SCALE = 0.05;

  private static final int FIRST_ROWS = 400;
  private static final double SHORTEST_SHARE = 0.9;
  private static final int FIRST_STEPS = 40;
  private static final int STEPS = 100;
  private static final int RETURNS = 1;
  private static final double TOLERANCE = 1e-5;
  // A law never far off has none; a wild trial must not overflow.
  private static final double MOST = 10;
  private static final LevenbergMarquardtOptimizer OPTIMIZER =
      new LevenbergMarquardtOptimizer()
          .withCostRelativeTolerance(TOLERANCE)
          .withParameterRelativeTolerance(TOLERANCE)
          .withOrthoTolerance(1e-12);

  private final LawForm<O> form;
  private final Setting setting;
  private final BoundedParameters bounds;

  LawFit(LawForm<O> form, Setting setting) {
    this.form = form;
    this.setting = setting;
    this.bounds = new BoundedParameters(form.parameters());
  }

  /** The fewest rows that this form is fitted to. */
  static int leastRows(LawForm<?> form) {
    return form.parameters().size() + 3;
  }

  /**
   * The law's parameters.
   *
   * @param ops what was measured
   * @param seconds how long each took, &gt; 0
   */
  double[] fit(List<O> ops, double[] seconds) {
    if (ops.size() != seconds.length || ops.size() < leastRows(form)) {
      throw new IllegalArgumentException(
          "a fit needs " + leastRows(form) + " rows with a time each, had " + ops.size());
    }
    double[] logs =
        IntStream.range(0, seconds.length).mapToDouble(i -> Math.log(seconds[i])).toArray();
    int step = Math.max(1, ops.size() / FIRST_ROWS);
    Model first = step == 1 ? new Model(ops, logs) : part(ops, logs, step);
    Trial best = null;
    for (double[] start : bounds.starts(shortest(seconds))) {
      Trial trial = first.descend(start, FIRST_STEPS);
      best = best == null || trial.cost() < best.cost() ? trial : best;
    }
    for (int again = 0; again < RETURNS; again++) {
      Trial trial = first.descend(bounds.inside(best.point()), FIRST_STEPS);
      best = trial.cost() < best.cost() ? trial : best;
    }
    double[] point =
        step == 1 ? best.point() : new Model(ops, logs).descend(best.point(), STEPS).point();
    return bounds.values(point);
  }

  // Below it are rows that a clock got wrong.
  private static double shortest(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    return SHORTEST_SHARE * sorted[sorted.length / 20];
  }

  private Model part(List<O> ops, double[] logs, int step) {
    List<O> some = new ArrayList<>();
    for (int i = 0; i < ops.size(); i += step) {
      some.add(ops.get(i));
    }
    return new Model(
        some, IntStream.range(0, some.size()).mapToDouble(i -> logs[i * step]).toArray());
  }

  private record Trial(double[] point, double cost) {}

  /** Pseudo-residuals, whose squares are the loss, at points without bounds. */
  private final class Model {
    private final List<O> ops;
    private final double[] logs;
    private Trial best;

    Model(List<O> ops, double[] logs) {
      this.ops = ops;
      this.logs = logs;
    }

    Trial descend(double[] start, int steps) {
      best = new Trial(start, Double.POSITIVE_INFINITY);
      LeastSquaresProblem problem =
          LeastSquaresFactory.create(
              new Differences(this::residuals),
              new ArrayRealVector(logs.length),
              new ArrayRealVector(start),
              null,
              null,
              steps * 2,
              steps,
              true,
              null);
      try {
        OPTIMIZER.optimize(problem);
      } catch (MathRuntimeException e) {
        // Out of steps, or no step is small enough: the best so far is what there is.
        return best;
      }
      return best;
    }

    private RealVector residuals(RealVector point) {
      var law = form.law(bounds.values(point.toArray()));
      double[] residuals = new double[logs.length];
      for (int i = 0; i < residuals.length; i++) {
        residuals[i] = pseudo(Math.log(law.seconds(ops.get(i), setting)) - logs[i]);
      }
      RealVector vector = new ArrayRealVector(residuals, false);
      double cost = vector.getNorm();
      if (cost < best.cost()) {
        best = new Trial(point.toArray(), cost);
      }
      return vector;
    }
  }

  static double pseudo(double residual) {
    double bounded = Math.min(MOST, Math.max(-MOST, Double.isNaN(residual) ? MOST : residual));
    double scaled = bounded / LOSS_SCALE;
    return Math.copySign(LOSS_SCALE * Math.sqrt(2 * (Math.sqrt(1 + scaled * scaled) - 1)), bounded);
  }
}
