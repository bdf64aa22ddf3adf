package dev.rackplan.accuracy;

import dev.rackplan.accuracy.PublishedResults.LeftOut;
import dev.rackplan.accuracy.PublishedResults.RankOrder;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * All rows predicted.
 *
 * @param predictions in the order of the rows
 * @param orders comparisons with what the model says
 * @param leftOut results without a row
 */
public record AccuracyStudy(
    List<Prediction> predictions, List<Ordered> orders, List<LeftOut> leftOut) {

  /**
   * A comparison and the model's ratio of better to worse.
   *
   * @param predictedRatio above 1 where the model has the order right
   */
  public record Ordered(RankOrder order, double predictedRatio) {
    public boolean right() {
      return predictedRatio > 1;
    }
  }

  public AccuracyStudy {
    predictions = List.copyOf(predictions);
    orders = List.copyOf(orders);
    leftOut = List.copyOf(leftOut);
  }

  /** Predicts every row. */
  public static AccuracyStudy of(PublishedResults results) {
    List<Prediction> predictions = results.rows().parallelStream().map(Prediction::of).toList();
    List<Ordered> orders =
        results.orders().stream()
            .map(
                order ->
                    new Ordered(
                        order,
                        predicted(predictions, order.better())
                            / predicted(predictions, order.worse())))
            .toList();
    return new AccuracyStudy(predictions, orders, results.leftOut());
  }

  private static double predicted(List<Prediction> predictions, String id) {
    return predictions.stream()
        .filter(prediction -> prediction.row().id().equals(id))
        .findFirst()
        .orElseThrow()
        .predicted();
  }

  /** Median of the absolute errors of the rows that {@code chosen} keeps; empty where none. */
  public OptionalDouble medianError(Predicate<PublishedRow> chosen) {
    double[] errors =
        predictions.stream()
            .filter(prediction -> chosen.test(prediction.row()))
            .flatMapToDouble(prediction -> prediction.error().stream())
            .map(Math::abs)
            .sorted()
            .toArray();
    if (errors.length == 0) {
      return OptionalDouble.empty();
    }
    int middle = errors.length / 2;
    return OptionalDouble.of(
        errors.length % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2);
  }

  /** How many measured rows {@code chosen} keeps. */
  public long count(Predicate<PublishedRow> chosen) {
    return predictions.stream()
        .map(Prediction::row)
        .filter(row -> row.measured().isPresent() && chosen.test(row))
        .count();
  }
}
