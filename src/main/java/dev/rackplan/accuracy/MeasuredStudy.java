package dev.rackplan.accuracy;

import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A user's own measurements against the model.
 *
 * @param results in the order of the rows
 */
public record MeasuredStudy(List<RowResult> results) {

  /**
   * Errors of rows that have one attribute in common.
   *
   * @param name what they share, such as a model's id
   * @param tpot errors of their TPOT
   */
  public record Family(String name, ErrorFigures tpot) {}

  public MeasuredStudy {
    results = List.copyOf(results);
  }

  /** Prices every row that can be. */
  public static MeasuredStudy of(List<MeasuredRow> rows) {
    Map<String, MeasuredPool> pools = new ConcurrentHashMap<>();
    return new MeasuredStudy(rows.parallelStream().map(row -> result(row, pools)).toList());
  }

  /** The rows that could be priced by other laws, in their order. */
  static List<MeasuredPrediction> repriced(
      List<MeasuredPrediction> rows, UnaryOperator<Problem> laws) {
    Map<String, MeasuredPool> pools = new ConcurrentHashMap<>();
    return rows.parallelStream()
        .map(row -> prediction(row.row(), ((ServingRun) row.row().run()).repriced(laws), pools))
        .toList();
  }

  private static MeasuredPrediction prediction(
      MeasuredRow row, ServingRun run, Map<String, MeasuredPool> pools) {
    return MeasuredPrediction.of(
        row, run, pools.computeIfAbsent(run.conditions(), key -> MeasuredPool.of(run)));
  }

  private static RowResult result(MeasuredRow row, Map<String, MeasuredPool> pools) {
    if (row.run() instanceof ServingRun run) {
      return prediction(row, run, pools);
    }
    return new RowResult.Refused(row, ((RowRun.NotExpressible) row.run()).why());
  }

  /** Rows that could be priced, of those that {@code chosen} keeps. */
  public List<MeasuredPrediction> predictions(Predicate<MeasuredRow> chosen) {
    List<MeasuredPrediction> found = new ArrayList<>();
    for (RowResult result : results) {
      if (result instanceof MeasuredPrediction prediction && chosen.test(prediction.row())) {
        found.add(prediction);
      }
    }
    return found;
  }

  /** Rows that could not be priced, of those that {@code chosen} keeps. */
  public List<RowResult.Refused> refused(Predicate<MeasuredRow> chosen) {
    List<RowResult.Refused> found = new ArrayList<>();
    for (RowResult result : results) {
      if (result instanceof RowResult.Refused refused && chosen.test(refused.row())) {
        found.add(refused);
      }
    }
    return found;
  }

  /** Rows by flag; one with two flags counts for both. */
  public Map<RowFlag, Integer> flags() {
    Map<RowFlag, Integer> count = new EnumMap<>(RowFlag.class);
    for (RowResult result : results) {
      result.row().flags().forEach(flag -> count.merge(flag, 1, Integer::sum));
    }
    return count;
  }

  /** Errors of the TPOT of those that {@code chosen} keeps; empty where none was measured. */
  public Optional<ErrorFigures> tpot(Predicate<MeasuredRow> chosen) {
    return figures(predictions(chosen), MeasuredPrediction::tpotError);
  }

  /** The same of the TTFT. */
  public Optional<ErrorFigures> ttft(Predicate<MeasuredRow> chosen) {
    return figures(predictions(chosen), MeasuredPrediction::ttftError);
  }

  /**
   * Share of the rows that {@code chosen} keeps whose measured TPOT lies within the ± that is
   * stated; empty where none was measured or stated.
   */
  public OptionalDouble within(Predicate<MeasuredRow> chosen) {
    return predictions(chosen).stream()
        .filter(row -> row.row().tpotMillis().isPresent())
        .filter(row -> row.tpot().plusMinus().isPresent())
        .mapToDouble(row -> row.tpotWithin() ? 1 : 0)
        .average();
  }

  /** Families of counted rows that differ in {@code attribute}, the one that errs most first. */
  public List<Family> families(RowAttribute attribute) {
    Map<String, List<MeasuredPrediction>> grouped = new LinkedHashMap<>();
    for (MeasuredPrediction prediction : predictions(MeasuredRow::counts)) {
      grouped
          .computeIfAbsent(attribute.of(prediction.family()), name -> new ArrayList<>())
          .add(prediction);
    }
    List<Family> families = new ArrayList<>();
    grouped.forEach(
        (name, rows) ->
            figures(rows, MeasuredPrediction::tpotError)
                .ifPresent(figures -> families.add(new Family(name, figures))));
    families.sort(
        Comparator.comparingDouble((Family family) -> -family.tpot().medianAbsolute())
            .thenComparing(Family::name));
    return families;
  }

  private static Optional<ErrorFigures> figures(
      List<MeasuredPrediction> rows, Function<MeasuredPrediction, OptionalDouble> error) {
    return ErrorFigures.of(rows.stream().map(error).toList());
  }
}
