package dev.rackplan.accuracy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Errors of some rows, each {@code predicted/measured - 1}; shares are of 1.
 *
 * @param rows how many, at least one
 * @param median of the errors with their signs
 * @param medianAbsolute of the errors without
 * @param ninetieth what nine of ten errors without signs stay within
 * @param withinTenth share of rows that are off by at most 0.1
 * @param withinFifth likewise 0.2
 * @param withinHalf likewise 0.5
 */
public record ErrorFigures(
    int rows,
    double median,
    double medianAbsolute,
    double ninetieth,
    double withinTenth,
    double withinFifth,
    double withinHalf) {

  /** Of the errors that are known; empty where none is. */
  static Optional<ErrorFigures> of(List<OptionalDouble> errors) {
    double[] known = errors.stream().flatMapToDouble(OptionalDouble::stream).toArray();
    if (known.length == 0) {
      return Optional.empty();
    }
    double[] absolute = Arrays.stream(known).map(Math::abs).toArray();
    return Optional.of(
        new ErrorFigures(
            known.length,
            quantile(known, 0.5),
            quantile(absolute, 0.5),
            quantile(absolute, 0.9),
            within(absolute, 0.1),
            within(absolute, 0.2),
            within(absolute, 0.5)));
  }

  /** The value that so large a share of {@code values} stays within, at least one. */
  static double quantile(List<Double> values, double share) {
    return quantile(values.stream().mapToDouble(Double::doubleValue).toArray(), share);
  }

  // Between two values in proportion.
  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double at = share * (sorted.length - 1);
    int below = (int) at;
    double above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (at - below) * (above - sorted[below]);
  }

  private static double within(double[] absolute, double most) {
    return Arrays.stream(absolute).filter(error -> error <= most).count()
        / (double) absolute.length;
  }
}
