package dev.rackplan.report;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Plans side by side, of one problem or of several: figures in the user's units, which is best, and
 * each one's ratio to the first plan's.
 */
public final class Comparison {
  private static final String BEST = "*";
  private static final List<String> WORDS =
      List.of("plan", "model", "topology", "workload", "layout");

  private enum Better {
    HIGHER,
    LOWER,
    NEITHER
  }

  private record Figure(
      String name,
      String key,
      int digits,
      Better better,
      Function<Compared, OptionalDouble> value) {}

  private static final List<Figure> FIGURES =
      List.of(
          figure("GPUs", "gpus", 0, Better.NEITHER, plan -> plan.layout().gpus()),
          new Figure(
              "TPOT [ms]",
              "tpotMillis",
              3,
              Better.LOWER,
              p -> millis(p.evaluation().tpotSeconds())),
          new Figure(
              "TTFT [ms]",
              "ttftMillis",
              3,
              Better.LOWER,
              p -> millis(p.evaluation().ttftSeconds())),
          new Figure("step [ms]", "stepMillis", 3, Better.LOWER, Comparison::trainingStep),
          new Figure(
              "± [%]",
              "plusMinusPercent",
              0,
              Better.NEITHER,
              p -> percent(p.evaluation().confidence().plusMinus())),
          figure(
              "tokens/s",
              "tokensPerSecond",
              0,
              Better.HIGHER,
              p -> p.evaluation().tokensPerSecond()),
          figure(
              "tokens/s/GPU",
              "tokensPerSecondPerGpu",
              1,
              Better.HIGHER,
              p -> p.evaluation().tokensPerSecondPerGpu()),
          new Figure(
              "USD/M tokens",
              "usdPerMillionTokens",
              4,
              Better.LOWER,
              p -> p.evaluation().usdPerMillionTokens()),
          figure(
              "above bound [%]",
              "aboveBoundPercent",
              1,
              Better.NEITHER,
              p -> 100 * (p.evaluation().stepSeconds() / p.evaluation().boundSeconds() - 1)),
          figure(
              "bubble [%]",
              "bubblePercent", 1, Better.LOWER, p -> 100 * p.evaluation().bubbleFraction()),
          new Figure(
              "balance [mean/max]",
              "balancedness",
              3,
              Better.HIGHER,
              p -> placement(p, PlacementFigures::balancedness)),
          new Figure(
              "remote domains/token",
              "remoteDomainsPerToken",
              3,
              Better.LOWER,
              p -> placement(p, PlacementFigures::remoteDomainsPerToken)),
          figure(
              "memory [GB/GPU]",
              "memoryGB",
              2,
              Better.NEITHER,
              p -> p.evaluation().memory().peakBytes() / 1e9));

  private final List<Compared> plans;
  private final List<Figure> figures;

  /**
   * @param plans at least one, in the order to show
   */
  public Comparison(List<Compared> plans) {
    if (plans.isEmpty()) {
      throw new IllegalArgumentException("nothing to compare");
    }
    this.plans = List.copyOf(plans);
    // Columns that no plan has are left out.
    this.figures =
        FIGURES.stream()
            .filter(f -> plans.stream().anyMatch(plan -> f.value().apply(plan).isPresent()))
            .toList();
  }

  private static Figure figure(
      String name, String key, int digits, Better better, Function<Compared, Number> value) {
    return new Figure(
        name, key, digits, better, plan -> OptionalDouble.of(value.apply(plan).doubleValue()));
  }

  private static OptionalDouble percent(OptionalDouble share) {
    return share.isPresent()
        ? OptionalDouble.of(100 * share.getAsDouble())
        : OptionalDouble.empty();
  }

  private static OptionalDouble millis(OptionalDouble seconds) {
    return seconds.isPresent()
        ? OptionalDouble.of(1e3 * seconds.getAsDouble())
        : OptionalDouble.empty();
  }

  private static OptionalDouble trainingStep(Compared plan) {
    Evaluation evaluation = plan.evaluation();
    return evaluation.training().isPresent()
        ? OptionalDouble.of(1e3 * evaluation.stepSeconds())
        : OptionalDouble.empty();
  }

  private static OptionalDouble placement(
      Compared plan, Function<PlacementFigures, Double> figure) {
    return plan.evaluation().placement().isPresent()
        ? OptionalDouble.of(figure.apply(plan.evaluation().placement().get()))
        : OptionalDouble.empty();
  }

  /** The plans, in order. */
  public List<Compared> plans() {
    return plans;
  }

  /** How many of the first columns say in words what is compared. */
  public static int wordColumns() {
    return WORDS.size();
  }

  /** Names of the columns. */
  public List<String> header() {
    List<String> header = new ArrayList<>(WORDS);
    figures.forEach(figure -> header.add(figure.name()));
    header.add("tokens/s/GPU to the first");
    header.add("fits");
    return header;
  }

  /** A row for each plan, cells as text; the best of a column has a star behind it. */
  public List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (Compared plan : plans) {
      List<String> row = new ArrayList<>(words(plan));
      for (Figure figure : figures) {
        String text = Figures.fixed(figure.value().apply(plan), figure.digits());
        row.add(isBest(figure, plan) ? text + BEST : text);
      }
      row.add(Figures.fixed(ratio(plan), 3));
      row.add(plan.evaluation().feasible() ? "yes" : "no");
      rows.add(row);
    }
    return rows;
  }

  private static List<String> words(Compared plan) {
    return List.of(
        plan.name(), plan.model(), plan.topology(), plan.workload(), layout(plan.layout()));
  }

  private static String layout(Layout layout) {
    StringBuilder text = new StringBuilder();
    for (Degree degree : Degree.values()) {
      int value = layout.get(degree);
      text.append(degree.isNamedAt(value) ? degree.inShort(value) : "");
      if (degree == Degree.ATTENTION_TENSOR_PARALLEL && layout.attentionRanks() > 1) {
        text.append(" DP").append(layout.attentionRanks());
      }
    }
    return text.toString();
  }

  // Where two plans or more have the figure, and not all the same.
  private boolean isBest(Figure figure, Compared plan) {
    OptionalDouble own = figure.value().apply(plan);
    if (figure.better() == Better.NEITHER || own.isEmpty()) {
      return false;
    }
    double[] all =
        plans.stream()
            .map(figure.value())
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .sorted()
            .toArray();
    double least = all[0];
    double most = all[all.length - 1];
    return least < most && own.getAsDouble() == (figure.better() == Better.HIGHER ? most : least);
  }

  private double ratio(Compared plan) {
    return plan.evaluation().tokensPerSecondPerGpu()
        / plans.get(0).evaluation().tokensPerSecondPerGpu();
  }

  /** For a terminal; the star is explained below, then why the others differ from the first. */
  public String text() {
    TextTable table = new TextTable(header());
    rows().forEach(table::add);
    StringBuilder text = new StringBuilder(table.text() + "* best of its column\n");
    for (Compared plan : plans.subList(1, plans.size())) {
      String why = String.join(" ", PlanDifference.sentences(plans.get(0), plan));
      text.append('\n').append(TextTable.wrapped(why, 2));
    }
    return text.toString();
  }

  /** As CSV with a header; figures with all digits, a column of ratios to the first for each. */
  public String csv() {
    List<String> header = new ArrayList<>(WORDS);
    for (Figure figure : figures) {
      header.add(figure.key());
      header.add(figure.key() + "ToFirst");
    }
    header.add("fits");
    return CsvText.of(
        table -> {
          table.row(header);
          for (Compared plan : plans) {
            List<Object> row = new ArrayList<>(words(plan));
            for (Figure figure : figures) {
              row.add(cell(figure.value().apply(plan)));
              row.add(cell(ratio(figure, plan)));
            }
            row.add(plan.evaluation().feasible());
            table.row(row);
          }
        });
  }

  private static String cell(OptionalDouble value) {
    return value.isPresent() ? Figures.shortest(value.getAsDouble()) : "";
  }

  private OptionalDouble ratio(Figure figure, Compared plan) {
    OptionalDouble own = figure.value().apply(plan);
    OptionalDouble first = figure.value().apply(plans.get(0));
    return own.isPresent() && first.isPresent() && first.getAsDouble() != 0
        ? OptionalDouble.of(own.getAsDouble() / first.getAsDouble())
        : OptionalDouble.empty();
  }

  /** As plain values for JSON: a list of plans. */
  public List<Object> tree() {
    List<Object> list = new ArrayList<>();
    for (Compared plan : plans) {
      Map<String, Object> tree = new LinkedHashMap<>();
      List<String> words = words(plan);
      tree.put("plan", words.get(0));
      tree.put("model", words.get(1));
      tree.put("topology", words.get(2));
      tree.put("workload", words.get(3));
      tree.put("layout", words.get(4));
      Map<String, Object> toFirst = new LinkedHashMap<>();
      List<String> best = new ArrayList<>();
      for (Figure figure : figures) {
        figure.value().apply(plan).ifPresent(value -> tree.put(figure.key(), value));
        ratio(figure, plan).ifPresent(value -> toFirst.put(figure.key(), value));
        if (isBest(figure, plan)) {
          best.add(figure.key());
        }
      }
      tree.put("toFirst", toFirst);
      tree.put("best", best);
      tree.put("fits", plan.evaluation().feasible());
      if (!list.isEmpty()) {
        tree.put("why", PlanDifference.sentences(plans.get(0), plan));
      }
      list.add(tree);
    }
    return list;
  }
}
