package dev.rackplan.accuracy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What choosing by the model among measured rows would have cost. Rows of one group share model,
 * GPU, engine, precision and lengths; throughput is sequences over TPOT and GPUs.
 *
 * @param tpot one for each group and limit of TPOT that some of its rows keep, and others don't
 * @param both the same with a limit of TTFT beside: twice the group's measured median
 * @param pairs rows of a group on as many GPUs with as many sequences, laid out otherwise, and
 *     measured apart
 * @param hardware rows of one model and lengths on different GPUs, with as many sequences a GPU and
 *     measured apart
 */
public record ServingDecisions(Choices tpot, Choices both, List<Pair> pairs, List<Pair> hardware) {
  private static final List<Integer> LIMITS_MILLIS = List.of(8, 10, 15, 20, 30, 50, 80);
  // A choice misses its limit where it was measured that much above it.
  private static final double MISSED = 1.1;
  private static final double APART = 1.05;
  private static final double TTFT_MEDIANS = 2;

  /**
   * The row with the most tokens/s and GPU by the model, of those that keep a limit by the model.
   *
   * @param group what its rows share
   * @param limitMillis most TPOT in ms
   * @param ttftLimitMillis most TTFT in ms; empty where none is set
   * @param chosen its id; empty where no row keeps the limit by the model
   * @param best id of the row that yields most of those measured within the limit
   * @param missed whether the chosen row was measured more than a tenth above a limit
   * @param loss share of the best row's measured throughput that the chosen one lacks, at least 0;
   *     empty where none was chosen, or it missed
   */
  public record Choice(
      String group,
      int limitMillis,
      OptionalDouble ttftLimitMillis,
      Optional<String> chosen,
      String best,
      boolean missed,
      OptionalDouble loss) {}

  /**
   * Two rows.
   *
   * @param faster id of the one with the lower measured TPOT
   * @param slower id of the other
   * @param inOrder whether the model says so too
   * @param regret share by which the measured TPOT of the row that the model takes is above that of
   *     the faster; 0 where they are in order
   */
  public record Pair(String faster, String slower, boolean inOrder, double regret) {}

  public ServingDecisions {
    pairs = List.copyOf(pairs);
    hardware = List.copyOf(hardware);
  }

  /**
   * What choosing under one kind of limits would have cost.
   *
   * @param all in the order of groups, then of limits
   */
  public record Choices(List<Choice> all) {
    public Choices {
      all = List.copyOf(all);
    }

    /** Share of choices that missed a limit; empty where there are none. */
    public OptionalDouble missed() {
      return share(all.stream().filter(Choice::missed).count(), all.size());
    }

    /** Share of limits that no row keeps by the model; likewise. */
    public OptionalDouble nothingFound() {
      return share(all.stream().filter(choice -> choice.chosen().isEmpty()).count(), all.size());
    }

    /** Mean loss of the choices that did not miss; likewise. */
    public OptionalDouble meanLoss() {
      return all.stream().flatMapToDouble(choice -> choice.loss().stream()).average();
    }
  }

  /** Among the counted rows of a study. */
  public static ServingDecisions of(MeasuredStudy study) {
    List<MeasuredPrediction> counted =
        study.predictions(MeasuredRow::counts).stream()
            .filter(prediction -> prediction.row().tpotMillis().isPresent())
            .toList();
    Map<String, List<MeasuredPrediction>> groups =
        grouped(counted, prediction -> prediction.family().decision());
    List<Choice> tpot = new ArrayList<>();
    List<Choice> both = new ArrayList<>();
    List<Pair> pairs = new ArrayList<>();
    groups.forEach(
        (name, rows) -> {
          addChoices(name, rows, OptionalDouble.empty(), tpot);
          List<MeasuredPrediction> answered =
              rows.stream().filter(row -> row.row().ttftMillis().isPresent()).toList();
          if (!answered.isEmpty()) {
            double median = ErrorFigures.quantile(ttfts(answered), 0.5);
            addChoices(name, answered, OptionalDouble.of(TTFT_MEDIANS * median), both);
          }
          addPairs(rows, ServingDecisions::laidOutOtherwise, pairs);
        });
    List<Pair> hardware = new ArrayList<>();
    grouped(counted, prediction -> prediction.family().loadOfGpu())
        .values()
        .forEach(rows -> addPairs(rows, ServingDecisions::onOtherGpus, hardware));
    return new ServingDecisions(new Choices(tpot), new Choices(both), pairs, hardware);
  }

  private static Map<String, List<MeasuredPrediction>> grouped(
      List<MeasuredPrediction> rows, Function<MeasuredPrediction, String> group) {
    return rows.stream()
        .collect(Collectors.groupingBy(group, LinkedHashMap::new, Collectors.toList()));
  }

  private static List<Double> ttfts(List<MeasuredPrediction> rows) {
    return rows.stream().map(row -> row.row().ttftMillis().orElseThrow()).toList();
  }

  private static void addChoices(
      String group, List<MeasuredPrediction> rows, OptionalDouble ttftLimit, List<Choice> choices) {
    LIMITS_MILLIS.forEach(limit -> choice(group, rows, limit, ttftLimit).ifPresent(choices::add));
  }

  private static Optional<Choice> choice(
      String group, List<MeasuredPrediction> rows, int limit, OptionalDouble ttftLimit) {
    List<MeasuredPrediction> within =
        rows.stream().filter(row -> kept(row, limit, ttftLimit, 1)).toList();
    if (within.isEmpty() || within.size() == rows.size()) {
      return Optional.empty();
    }
    MeasuredPrediction best =
        within.stream()
            .max(Comparator.comparingDouble(row -> throughput(row, measured(row))))
            .orElseThrow();
    Optional<MeasuredPrediction> chosen =
        rows.stream()
            .filter(row -> row.tpotMillis() <= limit)
            .filter(row -> row.ttftMillis() <= ttftLimit.orElse(Double.MAX_VALUE))
            .max(Comparator.comparingDouble(row -> throughput(row, row.tpotMillis())));
    boolean missed = chosen.filter(row -> !kept(row, limit, ttftLimit, MISSED)).isPresent();
    OptionalDouble loss =
        chosen.isEmpty() || missed
            ? OptionalDouble.empty()
            : OptionalDouble.of(Math.max(0, 1 - yielded(chosen.get()) / yielded(best)));
    return Optional.of(
        new Choice(
            group,
            limit,
            ttftLimit,
            chosen.map(row -> row.row().id()),
            best.row().id(),
            missed,
            loss));
  }

  // By measurement, limits taken so much wider.
  private static boolean kept(
      MeasuredPrediction row, int limit, OptionalDouble ttftLimit, double wider) {
    return measured(row) <= wider * limit
        && (ttftLimit.isEmpty()
            || row.row().ttftMillis().orElseThrow() <= wider * ttftLimit.getAsDouble());
  }

  private static boolean laidOutOtherwise(RowFamily one, RowFamily other) {
    return one.gpus() == other.gpus()
        && one.sequences() == other.sequences()
        && !one.layout().equals(other.layout());
  }

  private static boolean onOtherGpus(RowFamily one, RowFamily other) {
    return !one.gpu().equals(other.gpu());
  }

  private static void addPairs(
      List<MeasuredPrediction> rows, BiPredicate<RowFamily, RowFamily> pair, List<Pair> pairs) {
    for (int i = 0; i < rows.size(); i++) {
      for (int j = i + 1; j < rows.size(); j++) {
        if (pair.test(rows.get(i).family(), rows.get(j).family())) {
          pair(rows.get(i), rows.get(j)).ifPresent(pairs::add);
        }
      }
    }
  }

  private static Optional<Pair> pair(MeasuredPrediction one, MeasuredPrediction other) {
    return measured(one) <= measured(other) ? ordered(one, other) : ordered(other, one);
  }

  private static Optional<Pair> ordered(MeasuredPrediction faster, MeasuredPrediction slower) {
    double apart = measured(slower) / measured(faster);
    if (apart < APART) {
      return Optional.empty();
    }
    boolean inOrder = faster.tpotMillis() < slower.tpotMillis();
    return Optional.of(
        new Pair(faster.row().id(), slower.row().id(), inOrder, inOrder ? 0 : apart - 1));
  }

  private static double measured(MeasuredPrediction row) {
    return row.row().tpotMillis().orElseThrow();
  }

  private static double yielded(MeasuredPrediction row) {
    return throughput(row, measured(row));
  }

  private static double throughput(MeasuredPrediction row, double tpotMillis) {
    RowFamily family = row.family();
    return 1e3 * family.sequences() / tpotMillis / family.gpus();
  }

  /** Share of pairs of layouts in order; empty where there are none. */
  public OptionalDouble inOrder() {
    return inOrder(pairs);
  }

  /** Share of pairs of GPUs in order; likewise. */
  public OptionalDouble hardwareInOrder() {
    return inOrder(hardware);
  }

  private static OptionalDouble inOrder(List<Pair> pairs) {
    return share(pairs.stream().filter(Pair::inOrder).count(), pairs.size());
  }

  /** Mean regret of all pairs of layouts; likewise. */
  public OptionalDouble meanRegret() {
    return pairs.stream().mapToDouble(Pair::regret).average();
  }

  private static OptionalDouble share(long part, int all) {
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of(part / (double) all);
  }
}
