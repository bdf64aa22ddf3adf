package dev.rackplan.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.DoubleBinaryOperator;

/**
 * A price of two amounts on a grid, linear between its lines and beyond its ends.
 *
 * <p>Lines are added where the middle between two of them is missed by more than one percent at
 * either end of the other amount or in its middle. Immutable.
 */
final class StepGrid {
  private static final double MOST_ERROR = 0.01;
  // Of two lines that are tried for one between them.
  private static final double LEAST_RATIO = 1.3;
  private static final double FIRST_RATIO = 4;

  private final double[] xs;
  private final double[] ys;
  private final double[][] seconds;

  private StepGrid(double[] xs, double[] ys, double[][] seconds) {
    this.xs = xs;
    this.ys = ys;
    this.seconds = seconds;
  }

  /**
   * An amount from its least to its most, both positive.
   *
   * @param whole whether only whole numbers are asked for
   */
  record Range(double least, double most, boolean whole) {
    Range {
      if (!(least > 0 && most >= least)) {
        throw new IllegalArgumentException("no range: " + least + " to " + most);
      }
    }

    private double middle(double low, double high) {
      double middle = Math.sqrt(low * high);
      return whole ? Math.rint(middle) : middle;
    }
  }

  /** Asks {@code price} once for each point that it needs. */
  static StepGrid of(DoubleBinaryOperator price, Range x, Range y) {
    Asked asked = new Asked(price);
    double middleX = x.middle(x.least(), x.most());
    double middleY = y.middle(y.least(), y.most());
    double[] xs =
        lines(
            x,
            at ->
                new double[] {
                  asked.seconds(at, y.least()),
                  asked.seconds(at, middleY),
                  asked.seconds(at, y.most())
                });
    double[] ys =
        lines(
            y,
            at ->
                new double[] {
                  asked.seconds(x.least(), at),
                  asked.seconds(middleX, at),
                  asked.seconds(x.most(), at)
                });
    double[][] seconds = new double[xs.length][ys.length];
    for (int i = 0; i < xs.length; i++) {
      for (int j = 0; j < ys.length; j++) {
        seconds[i][j] = asked.seconds(xs[i], ys[j]);
      }
    }
    return new StepGrid(xs, ys, seconds);
  }

  /** Prices along one amount, at the ends and the middle of the other. */
  private interface Across {
    double[] at(double value);
  }

  /** What was asked before is not asked again. */
  private static final class Asked {
    private final DoubleBinaryOperator price;
    private final TreeMap<Double, TreeMap<Double, Double>> known = new TreeMap<>();

    Asked(DoubleBinaryOperator price) {
      this.price = price;
    }

    double seconds(double x, double y) {
      return known
          .computeIfAbsent(x, key -> new TreeMap<>())
          .computeIfAbsent(y, key -> price.applyAsDouble(x, y));
    }
  }

  private static double[] lines(Range range, Across across) {
    List<Double> first = new ArrayList<>();
    for (double at = range.least(); at < range.most(); at *= FIRST_RATIO) {
      first.add(at);
    }
    first.add(range.most());
    TreeSet<Double> lines = new TreeSet<>(first);
    for (int i = 1; i < first.size(); i++) {
      divide(range, first.get(i - 1), first.get(i), across, lines);
    }
    return lines.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void divide(
      Range range, double low, double high, Across across, TreeSet<Double> lines) {
    double middle = range.middle(low, high);
    if (middle <= low || middle >= high || high / low < LEAST_RATIO) {
      return;
    }
    double share = (middle - low) / (high - low);
    double[] below = across.at(low);
    double[] above = across.at(high);
    double[] exact = across.at(middle);
    double worst = 0;
    for (int i = 0; i < exact.length; i++) {
      double between = below[i] + share * (above[i] - below[i]);
      worst = Math.max(worst, Math.abs(between - exact[i]) / exact[i]);
    }
    if (worst > MOST_ERROR) {
      lines.add(middle);
      divide(range, low, middle, across, lines);
      divide(range, middle, high, across, lines);
    }
  }

  /** In s. */
  double seconds(double x, double y) {
    int j = cell(ys, y);
    double low = alongX(x, j);
    return ys.length == 1 ? low : low + (y - ys[j]) * slope(x, j, low);
  }

  /** How seconds grow with {@code y} until {@link #end}. */
  double slope(double x, double y) {
    int j = cell(ys, y);
    return ys.length == 1 ? 0 : slope(x, j, alongX(x, j));
  }

  /** Up to which {@code y} seconds are linear from this one on. */
  double end(double y) {
    int j = cell(ys, y);
    return j + 2 < ys.length ? ys[j + 1] : Double.POSITIVE_INFINITY;
  }

  /** Points that were priced. */
  int points() {
    return xs.length * ys.length;
  }

  private double slope(double x, int j, double low) {
    return (alongX(x, j + 1) - low) / (ys[j + 1] - ys[j]);
  }

  private double alongX(double x, int j) {
    if (xs.length == 1) {
      return seconds[0][j];
    }
    int i = cell(xs, x);
    double share = (x - xs[i]) / (xs[i + 1] - xs[i]);
    return seconds[i][j] + share * (seconds[i + 1][j] - seconds[i][j]);
  }

  // The last line that is not above, except that there is one behind it; few lines.
  private static int cell(double[] lines, double value) {
    int i = 0;
    while (i + 2 < lines.length && lines[i + 1] <= value) {
      i++;
    }
    return i;
  }
}
