package dev.rackplan.accuracy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * A user's own training runs against the model.
 *
 * @param results in the order of the rows
 */
public record TrainingRowStudy(List<TrainingResult> results) {

  /**
   * Errors of rows that have something in common.
   *
   * @param name what they share
   * @param step errors of their optimizer step
   */
  public record Family(String name, ErrorFigures step) {}

  public TrainingRowStudy {
    results = List.copyOf(results);
  }

  /** Prices every row that can be. */
  public static TrainingRowStudy of(List<TrainingRow> rows) {
    return new TrainingRowStudy(rows.parallelStream().map(TrainingResult::of).toList());
  }

  /** Counted rows: all that the file does not doubt. */
  public long counted() {
    return results.stream().filter(result -> !result.row().doubted()).count();
  }

  /** Those of them that could be priced. */
  public List<TrainingResult.Predicted> predicted() {
    List<TrainingResult.Predicted> found = new ArrayList<>();
    for (TrainingResult result : results) {
      if (result instanceof TrainingResult.Predicted predicted && !predicted.row().doubted()) {
        found.add(predicted);
      }
    }
    return found;
  }

  /** Those that could not. */
  public List<TrainingResult.Refused> refused() {
    List<TrainingResult.Refused> found = new ArrayList<>();
    for (TrainingResult result : results) {
      if (result instanceof TrainingResult.Refused refused && !refused.row().doubted()) {
        found.add(refused);
      }
    }
    return found;
  }

  /** Rows whose step something decides that they do not say, by what that is. */
  public Map<String, List<String>> unsaid() {
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (TrainingResult.Predicted row : predicted()) {
      row.unsaid()
          .ifPresent(why -> ids.computeIfAbsent(why, key -> new ArrayList<>()).add(row.row().id()));
    }
    return ids;
  }

  /** Errors of the step of counted rows; empty where none was measured. */
  public Optional<ErrorFigures> step() {
    return figures(predicted(), TrainingResult.Predicted::stepError);
  }

  /** The same of the memory. */
  public Optional<ErrorFigures> memory() {
    return figures(predicted(), TrainingResult.Predicted::memoryError);
  }

  /**
   * Counted rows by whether they ran out of memory and whether the model says so.
   *
   * @param measured whether they did
   * @param predicted whether the model says so
   */
  public long outOfMemory(boolean measured, boolean predicted) {
    return predicted().stream()
        .filter(row -> row.row().ranOut() == measured && row.outOfMemory() == predicted)
        .count();
  }

  /** The same by source, of those of which some ran out. */
  public List<MemoryVerdicts> memoryVerdicts() {
    return MemoryVerdicts.of(predicted());
  }

  /** How many of those that are said to run out with some chance did; of the same sources. */
  public List<MemoryChances> memoryChances() {
    return MemoryChances.of(predicted());
  }

  /** Families of counted rows, the one that errs most first. */
  public List<Family> families(Function<TrainingRow.Family, String> attribute) {
    Map<String, List<TrainingResult.Predicted>> grouped = new LinkedHashMap<>();
    for (TrainingResult.Predicted row : predicted()) {
      grouped
          .computeIfAbsent(attribute.apply(row.row().family()), name -> new ArrayList<>())
          .add(row);
    }
    List<Family> families = new ArrayList<>();
    grouped.forEach(
        (name, rows) ->
            figures(rows, TrainingResult.Predicted::stepError)
                .ifPresent(figures -> families.add(new Family(name, figures))));
    families.sort(
        Comparator.comparingDouble((Family family) -> -family.step().medianAbsolute())
            .thenComparing(Family::name));
    return families;
  }

  private static Optional<ErrorFigures> figures(
      List<TrainingResult.Predicted> rows,
      Function<TrainingResult.Predicted, OptionalDouble> error) {
    return ErrorFigures.of(rows.stream().map(error).toList());
  }
}
