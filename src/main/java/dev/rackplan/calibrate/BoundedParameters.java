package dev.rackplan.calibrate;

import dev.rackplan.law.Parameter;
import java.util.List;

/**
 * Parameters within bounds as points without: between a parameter's least and most, its logarithm
 * follows a logistic curve, so that a step is a share of it.
 */
final class BoundedParameters {
  // What stands for 0 on a logarithm, as a share of the most.
  private static final double SMALLEST = 1e-7;
  // As near to a bound as a start may be.
  private static final double EDGE = 0.01;
  // A start's distance to the middle that another start keeps.
  private static final double[] STARTS = {1, 0.7, 0.85, 1, 0.85};
  // How far, as a share of its range, a start is moved aside; so that not all end in one corner.
  private static final double[] ASIDE = {0, 0, 0, 0.15, 0.25};
  private static final double INSIDE = 0.1;
  private static final double AT_BOUND = 1e-3;

  private final List<Parameter> parameters;
  private final double[] logLeast;
  private final double[] logWidth;

  BoundedParameters(List<Parameter> parameters) {
    this.parameters = parameters;
    logLeast = new double[parameters.size()];
    logWidth = new double[parameters.size()];
    for (int i = 0; i < logLeast.length; i++) {
      Parameter one = parameters.get(i);
      logLeast[i] = Math.log(Math.max(one.least(), one.most() * SMALLEST));
      logWidth[i] = Math.log(one.most()) - logLeast[i];
    }
  }

  /** The parameters at a point; one that lies at a bound of 0 is 0. */
  double[] values(double[] point) {
    double[] values = new double[point.length];
    for (int i = 0; i < values.length; i++) {
      double share = 1 / (1 + Math.exp(-point[i]));
      boolean none = parameters.get(i).least() == 0 && share < AT_BOUND;
      values[i] = none ? 0 : Math.exp(logLeast[i] + logWidth[i] * share);
    }
    return values;
  }

  /** The same point with no parameter near a bound, where a fit feels no slope. */
  double[] inside(double[] point) {
    double most = Math.log((1 - INSIDE) / INSIDE);
    double[] moved = new double[point.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = Math.max(-most, Math.min(most, point[i]));
    }
    return moved;
  }

  /**
   * Points to start from: the parameters' own starts, and others nearer to the middle.
   *
   * @param shortSeconds what the shortest calls take: where a launch starts, whatever its own start
   */
  List<double[]> starts(double shortSeconds) {
    double[][] starts = new double[STARTS.length][logLeast.length];
    for (int i = 0; i < logLeast.length; i++) {
      Parameter one = parameters.get(i);
      double own = one.isStart() ? shortSeconds : one.start();
      double start = Math.min(one.most(), Math.max(own, Math.exp(logLeast[i])));
      double share = (Math.log(start) - logLeast[i]) / logWidth[i];
      for (int s = 0; s < STARTS.length; s++) {
        double aside = ASIDE[s] * (2 * KeyHash.of(one.name() + s) - 1);
        double moved = one.isStart() ? share : 0.5 + STARTS[s] * (share - 0.5) + aside;
        double inside = Math.min(1 - EDGE, Math.max(EDGE, moved));
        starts[s][i] = Math.log(inside / (1 - inside));
      }
    }
    return List.of(starts);
  }
}
