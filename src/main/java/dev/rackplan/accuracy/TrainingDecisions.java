package dev.rackplan.accuracy;

import dev.rackplan.topology.GpuGeneration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * What choosing among measured training layouts by the model is worth: sets of rows under equal
 * conditions with at least three layouts that have a speed, repeats averaged, doubted rows left
 * out.
 *
 * @param sets of at least three layouts
 * @param pairs of layouts of one set whose measured steps differ by more than 5%
 */
public record TrainingDecisions(List<Set> sets, List<Pair> pairs) {
  private static final EnumSet<GpuGeneration> BEFORE_HOPPER =
      EnumSet.of(
          GpuGeneration.VOLTA,
          GpuGeneration.TURING,
          GpuGeneration.AMPERE,
          GpuGeneration.AMPERE_WORKSTATION,
          GpuGeneration.ADA,
          GpuGeneration.CDNA2,
          GpuGeneration.TPU_V4,
          GpuGeneration.GAUDI2);

  private static final int LEAST_LAYOUTS = 3;
  private static final double DIFFERENT = 1.05;

  /**
   * Layouts under equal conditions.
   *
   * @param conditions in the file's words
   * @param layouts how many
   * @param regret measured step of the one that the model prefers over the best one's, minus 1
   */
  public record Set(String conditions, int layouts, double regret) {}

  /**
   * Two layouts of one set.
   *
   * @param source of the rows
   * @param right whether the model has the faster one right
   * @param microBatchOnly whether they differ in nothing but micro-batches
   * @param experts whether the model has routed experts
   * @param hopperOrNewer whether the GPU is of that generation or a newer one
   */
  public record Pair(
      String source,
      boolean right,
      boolean microBatchOnly,
      boolean experts,
      boolean hopperOrNewer) {}

  /**
   * Pairs in the right order.
   *
   * @param name what they share
   * @param pairs how many
   * @param right how many of them in the right order
   */
  public record Share(String name, int pairs, int right) {
    /** In [0, 1]. */
    public double share() {
      return (double) right / pairs;
    }
  }

  private record Layout(
      TrainingRow row, TrainingRun run, double predictedSeconds, double measuredSeconds) {}

  public TrainingDecisions {
    sets = List.copyOf(sets);
    pairs = List.copyOf(pairs);
  }

  /** Among the priced rows of a study. */
  public static TrainingDecisions of(TrainingRowStudy study) {
    Map<String, Map<TrainingRow.Choice, List<TrainingResult.Predicted>>> grouped =
        new LinkedHashMap<>();
    for (TrainingResult.Predicted row : study.predicted()) {
      if (row.row().stepSeconds().isPresent()) {
        grouped
            .computeIfAbsent(row.row().conditions(), key -> new LinkedHashMap<>())
            .computeIfAbsent(row.row().choice(), key -> new ArrayList<>())
            .add(row);
      }
    }
    List<Set> sets = new ArrayList<>();
    List<Pair> pairs = new ArrayList<>();
    grouped.forEach(
        (conditions, choices) -> {
          if (choices.size() >= LEAST_LAYOUTS) {
            List<Layout> layouts = choices.values().stream().map(TrainingDecisions::mean).toList();
            sets.add(new Set(conditions, layouts.size(), regret(layouts)));
            addPairs(layouts, pairs);
          }
        });
    return new TrainingDecisions(sets, pairs);
  }

  private static Layout mean(List<TrainingResult.Predicted> repeats) {
    double predicted = 0;
    double measured = 0;
    for (TrainingResult.Predicted repeat : repeats) {
      predicted += repeat.stepSeconds() / repeats.size();
      measured += repeat.row().stepSeconds().getAsDouble() / repeats.size();
    }
    TrainingRow row = repeats.get(0).row();
    return new Layout(row, (TrainingRun) row.run(), predicted, measured);
  }

  private static double regret(List<Layout> layouts) {
    Layout preferred =
        layouts.stream().min(Comparator.comparingDouble(Layout::predictedSeconds)).orElseThrow();
    double best = layouts.stream().mapToDouble(Layout::measuredSeconds).min().orElseThrow();
    return preferred.measuredSeconds() / best - 1;
  }

  private static void addPairs(List<Layout> layouts, List<Pair> pairs) {
    for (int i = 0; i < layouts.size(); i++) {
      for (int j = 0; j < i; j++) {
        Layout one = layouts.get(i);
        Layout other = layouts.get(j);
        double ratio = one.measuredSeconds() / other.measuredSeconds();
        if (Math.max(ratio, 1 / ratio) > DIFFERENT) {
          pairs.add(pair(one, other, ratio));
        }
      }
    }
  }

  private static Pair pair(Layout one, Layout other, double ratio) {
    return new Pair(
        one.row().source(),
        (one.predictedSeconds() - other.predictedSeconds()) * (ratio - 1) > 0,
        one.row().choice().layout().equals(other.row().choice().layout()),
        !one.run().deployment().problem().model().moeLayers().isEmpty(),
        isHopperOrNewer(one.run()));
  }

  private static boolean isHopperOrNewer(TrainingRun run) {
    Optional<GpuGeneration> generation =
        run.deployment().problem().topology().gpus().get(0).spec().generation();
    return generation.map(known -> !BEFORE_HOPPER.contains(known)).orElse(false);
  }

  /** Mean over sets; empty without any. */
  public OptionalDouble regret() {
    return sets.stream().mapToDouble(Set::regret).average();
  }

  /** All pairs, those of some kinds, and of each source those with {@code least} pairs or more. */
  public List<Share> shares(int least) {
    List<Share> shares = new ArrayList<>();
    share("all pairs", pair -> true).ifPresent(shares::add);
    share("micro-batch alone differs", Pair::microBatchOnly).ifPresent(shares::add);
    share("models with experts", Pair::experts).ifPresent(shares::add);
    share("Hopper or newer", Pair::hopperOrNewer).ifPresent(shares::add);
    pairs.stream()
        .map(Pair::source)
        .distinct()
        .sorted()
        .map(source -> share(source, pair -> pair.source().equals(source)).orElseThrow())
        .filter(share -> share.pairs() >= least)
        .forEach(shares::add);
    return shares;
  }

  private Optional<Share> share(String name, Predicate<Pair> which) {
    int count = (int) pairs.stream().filter(which).count();
    int right = (int) pairs.stream().filter(which).filter(Pair::right).count();
    return count == 0 ? Optional.empty() : Optional.of(new Share(name, count, right));
  }
}
