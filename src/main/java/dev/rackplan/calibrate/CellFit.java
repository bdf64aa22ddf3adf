package dev.rackplan.calibrate;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.Experts;
import dev.rackplan.law.FitError;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.GemmLaw;
import dev.rackplan.law.GemmRangeLaw;
import dev.rackplan.law.Law;
import dev.rackplan.law.LawForm;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * Fits the laws of one cell: one, or, where that makes the fitted rows' error a tenth smaller, one
 * for each head size and each size of query groups.
 */
final class CellFit {
  private static final int MOST_ROWS = 2_500;
  private static final int MOST_PART_ROWS = 1_000;
  private static final int LEAST_PART_ROWS = 40;
  private static final int LEAST_RANGE_ROWS = 60;
  private static final int LEAST_SHAPES = 4;
  private static final double WORTH_SPLITTING = 0.9;

  private final CellRows rows;
  private final Setting setting;

  CellFit(CellRows rows, Setting setting) {
    this.rows = rows;
    this.setting = setting;
  }

  /** One variant of the cell, its law's parameters and the law. */
  private record Part(
      TreeMap<String, Double> variant, double[] parameters, Law<Op> law, int fitted) {}

  /** Its laws; empty where it has too few rows. */
  List<Cell> cells() {
    List<CellRows.Row> fitted = rows.fitted();
    List<CellRows.Row> judged = rows.judged();
    if (fitted.size() < LawFit.leastRows(form(rows.key())) || judged.isEmpty()) {
      return List.of();
    }
    List<Part> parts = List.of(part(new TreeMap<>(), fitted, MOST_ROWS));
    double error = median(errors(parts, fitted));
    for (Split split : Split.of(rows.key().op())) {
      List<Part> finer = split(split, fitted);
      double finerError =
          finer.size() < 2 ? Double.POSITIVE_INFINITY : median(errors(finer, fitted));
      if (finerError < WORTH_SPLITTING * error) {
        parts = finer;
        error = finerError;
      }
    }
    return cells(parts, judged, shapesLeftOut(fitted, judged));
  }

  private List<Part> split(Split split, List<CellRows.Row> fitted) {
    return fitted.stream()
        .collect(Collectors.groupingBy(row -> split.variant(row.op()), Collectors.toList()))
        .entrySet()
        .stream()
        .filter(group -> group.getValue().size() >= LEAST_PART_ROWS)
        .map(group -> part(new TreeMap<>(group.getKey()), group.getValue(), MOST_PART_ROWS))
        .sorted(Comparator.comparing(part -> part.variant().toString()))
        .toList();
  }

  @SuppressWarnings("unchecked")
  private Part part(TreeMap<String, Double> variant, List<CellRows.Row> fitted, int most) {
    List<CellRows.Row> some = fitted.subList(0, Math.min(most, fitted.size()));
    double[] parameters = parameters(some);
    Law<Op> law = (Law<Op>) rows.key().op().form().law(parameters);
    return new Part(variant, parameters, law, some.size());
  }

  /** The form that is fitted: a product's law is two of one form. */
  static LawForm<?> form(CellKey key) {
    return key.op() == OpKind.GEMM ? GemmRangeLaw.FORM : key.op().form();
  }

  private double[] parameters(List<CellRows.Row> fitted) {
    return rows.key().op() == OpKind.GEMM
        ? gemm(fitted)
        : parameters(rows.key().op().form(), fitted);
  }

  // Few and many rows apart, where there is enough of both.
  private double[] gemm(List<CellRows.Row> fitted) {
    List<CellRows.Row> few = new ArrayList<>();
    List<CellRows.Row> many = new ArrayList<>();
    for (CellRows.Row row : fitted) {
      (((Gemm) row.op()).rows() <= GemmLaw.FEW_ROWS ? few : many).add(row);
    }
    boolean both = Math.min(few.size(), many.size()) >= LEAST_RANGE_ROWS;
    double[] first = parameters(GemmRangeLaw.FORM, both ? few : fitted);
    double[] second = both ? parameters(GemmRangeLaw.FORM, many) : first;
    return DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  @SuppressWarnings("unchecked")
  private <O extends Op> double[] parameters(LawForm<O> form, List<CellRows.Row> fitted) {
    List<O> ops = fitted.stream().map(row -> (O) row.op()).toList();
    return new LawFit<>(form, setting)
        .fit(ops, fitted.stream().mapToDouble(CellRows.Row::seconds).toArray());
  }

  private List<Cell> cells(
      List<Part> parts, List<CellRows.Row> judged, Optional<FitError> leftOut) {
    List<Cell> cells = new ArrayList<>();
    Map<Part, List<CellRows.Row>> byPart =
        judged.stream()
            .collect(
                Collectors.groupingBy(
                    row -> nearest(parts, row.op()), IdentityHashMap::new, Collectors.toList()));
    for (Part part : parts) {
      List<CellRows.Row> own = byPart.getOrDefault(part, List.of());
      if (!own.isEmpty()) {
        CellKey key = rows.key();
        CellKey variant =
            new CellKey(
                key.op(),
                key.engine(),
                key.version(),
                key.format(),
                key.cache(),
                key.kernel(),
                merged(key, part));
        int share = (int) Math.round((double) rows.rows() * own.size() / judged.size());
        cells.add(
            new Cell(
                variant,
                Arrays.stream(part.parameters()).boxed().toList(),
                share,
                part.fitted(),
                error(errors(List.of(part), own)),
                leftOut));
      }
    }
    return cells;
  }

  private static TreeMap<String, Double> merged(CellKey key, Part part) {
    TreeMap<String, Double> all = new TreeMap<>(key.variant());
    all.putAll(part.variant());
    return all;
  }

  /** Error on half of the shapes by a law that saw the other half, both ways; experts only. */
  private Optional<FitError> shapesLeftOut(List<CellRows.Row> fitted, List<CellRows.Row> judged) {
    if (!(fitted.get(0).op() instanceof Experts)) {
      return Optional.empty();
    }
    List<String> shapes = fitted.stream().map(CellRows.Row::shape).distinct().sorted().toList();
    if (shapes.size() < LEAST_SHAPES) {
      return Optional.empty();
    }
    List<Double> errors = new ArrayList<>();
    for (int side = 0; side < 2; side++) {
      int seen = side;
      List<CellRows.Row> some =
          fitted.stream().filter(row -> shapes.indexOf(row.shape()) % 2 == seen).toList();
      if (some.size() < LawFit.leastRows(form(rows.key()))) {
        return Optional.empty();
      }
      Part part = part(new TreeMap<>(), some, MOST_ROWS);
      judged.stream()
          .filter(row -> row.cold() && shapes.indexOf(row.shape()) % 2 == 1 - seen)
          .forEach(row -> errors.add(error(part, row)));
    }
    return errors.isEmpty()
        ? Optional.empty()
        : Optional.of(error(errors.stream().mapToDouble(e -> e).toArray()));
  }

  private double[] errors(List<Part> parts, List<CellRows.Row> judged) {
    return judged.stream()
        .filter(CellRows.Row::cold)
        .mapToDouble(row -> error(nearest(parts, row.op()), row))
        .toArray();
  }

  private double error(Part part, CellRows.Row row) {
    return Math.abs(part.law().seconds(row.op(), setting) / row.seconds() - 1);
  }

  /** The part whose variant is nearest, in octaves, as {@code LawBook} finds it. */
  private static Part nearest(List<Part> parts, Op op) {
    Part best = parts.get(0);
    double least = Double.POSITIVE_INFINITY;
    for (Part part : parts) {
      double distance = 0;
      for (var own : part.variant().entrySet()) {
        distance += Split.distance(own.getValue(), Split.value(own.getKey(), op));
      }
      if (distance < least) {
        least = distance;
        best = part;
      }
    }
    return best;
  }

  private static FitError error(double[] errors) {
    return new FitError(quantile(errors, 0.5), quantile(errors, 0.9));
  }

  private static double median(double[] errors) {
    return quantile(errors, 0.5);
  }

  private static double quantile(double[] values, double share) {
    if (values.length == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
