package dev.rackplan.accuracy;

import dev.rackplan.law.RestsOn;
import dev.rackplan.law.StepErrors;
import dev.rackplan.law.StepErrors.Group;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Makes the ± of one kind of time from measured rows: half-widths in which two thirds of {@code
 * |measured/predicted - 1|} lie, for all rows and for each kind of hardware and engine. It says how
 * wide errors are and where their middle lies, and corrects none.
 */
final class StepErrorFit {
  /** The share of rows that lie within what is stated. */
  static final double WITHIN = 2 / 3.0;

  // A few rows that are met may say 0; kernels are not known better than that. Assumed.
  private static final double LEAST = 0.01;
  private static final int FEWEST_PAIRS = 20;

  private final List<MeasuredFigure> rows;

  /**
   * @param rows of one kind of time, at least one
   */
  StepErrorFit(List<MeasuredFigure> rows) {
    this.rows = List.copyOf(rows);
  }

  /**
   * The errors.
   *
   * @param source of the rows, in words
   * @param date of today, ISO
   * @param transferred what times are off by where laws all carry over
   * @param formula the same without laws
   */
  StepErrors of(String source, String date, double transferred, double formula) {
    List<Double> pairs = pairs();
    return new StepErrors(
        rows.get(0).figure(),
        source,
        date,
        groups(),
        transferred,
        formula,
        pairs.size(),
        pairs.size() < FEWEST_PAIRS
            ? OptionalDouble.empty()
            : OptionalDouble.of(Math.max(LEAST, ErrorFigures.quantile(pairs, WITHIN))));
  }

  private List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    groups.add(group(rows, Optional.empty(), Optional.empty(), Optional.empty()));
    // By generation, generation and engine, GPU, GPU and engine, in the order of their names.
    TreeMap<String, Group> named = new TreeMap<>();
    for (MeasuredFigure row : rows) {
      Optional<String> any = Optional.empty();
      if (row.generation().isPresent()) {
        add(named, row.generation(), any, any);
        add(named, row.generation(), any, row.engine());
      }
      add(named, row.generation(), Optional.of(row.gpu()), any);
      add(named, row.generation(), Optional.of(row.gpu()), row.engine());
    }
    groups.addAll(named.values());
    return groups;
  }

  private void add(
      TreeMap<String, Group> named,
      Optional<String> generation,
      Optional<String> gpu,
      Optional<String> engine) {
    named.computeIfAbsent(
        String.join("/", generation.orElse(""), gpu.orElse(""), engine.orElse("")),
        name ->
            group(
                rows.stream()
                    .filter(row -> row.generation().equals(generation))
                    .filter(row -> gpu.isEmpty() || row.gpu().equals(gpu.get()))
                    .filter(row -> engine.isEmpty() || row.engine().equals(engine))
                    .toList(),
                generation,
                gpu,
                engine));
  }

  private static Group group(
      List<MeasuredFigure> of,
      Optional<String> generation,
      Optional<String> gpu,
      Optional<String> engine) {
    return new Group(
        generation,
        gpu,
        engine,
        of.size(),
        models(of).size(),
        Math.max(
            LEAST, ErrorFigures.quantile(of.stream().map(MeasuredFigure::error).toList(), WITHIN)),
        ErrorFigures.quantile(of.stream().map(MeasuredFigure::ratio).toList(), 0.5) - 1,
        mean(of, RestsOn::transferred),
        mean(of, RestsOn::formula));
  }

  private static double mean(List<MeasuredFigure> of, ToDoubleFunction<RestsOn> share) {
    return of.stream().mapToDouble(row -> share.applyAsDouble(row.restsOn())).average().orElse(0);
  }

  private static Set<String> models(List<MeasuredFigure> of) {
    Set<String> models = new LinkedHashSet<>();
    of.forEach(row -> models.add(row.model()));
    return models;
  }

  // By how much the larger of two ratios is off, whichever row is divided by the other.
  private List<Double> pairs() {
    List<MeasuredFigure> sorted =
        rows.stream().sorted(Comparator.comparing(MeasuredFigure::alike)).toList();
    List<Double> pairs = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      MeasuredFigure one = sorted.get(i);
      for (int j = i + 1; j < sorted.size() && sorted.get(j).alike().equals(one.alike()); j++) {
        MeasuredFigure other = sorted.get(j);
        if (!one.layout().equals(other.layout())) {
          pairs.add(Math.max(one.ratio() / other.ratio(), other.ratio() / one.ratio()) - 1);
        }
      }
    }
    return pairs;
  }

  /**
   * Share of rows inside the ± that was made from other models' rows: of models that nobody
   * measured; empty where there is one model.
   */
  OptionalDouble coverageOfUnseen(double transferred, double formula) {
    Set<String> models = models(rows);
    if (models.size() < 2) {
      return OptionalDouble.empty();
    }
    int inside = 0;
    for (String model : models) {
      StepErrors others =
          new StepErrorFit(rows.stream().filter(row -> !row.model().equals(model)).toList())
              .of("", "", transferred, formula);
      inside += inside(others, rows.stream().filter(row -> row.model().equals(model)).toList());
    }
    return OptionalDouble.of(inside / (double) rows.size());
  }

  /** Share of rows inside the ± that they made. */
  double coverage(StepErrors errors) {
    return inside(errors, rows) / (double) rows.size();
  }

  private static int inside(StepErrors errors, List<MeasuredFigure> rows) {
    int inside = 0;
    for (MeasuredFigure row : rows) {
      double width =
          errors.plusMinus(row.gpu(), row.generation(), row.engine().orElse(""), row.restsOn());
      inside += row.error() <= width ? 1 : 0;
    }
    return inside;
  }
}
