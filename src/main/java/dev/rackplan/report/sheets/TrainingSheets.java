package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.cost.economics.LifetimeSplit;
import dev.rackplan.report.Figures;
import dev.rackplan.report.sheets.Sheet.Column;
import dev.rackplan.report.sheets.Sheet.Curves;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/**
 * What a model's life costs: pretraining, reinforcement learning, serving.
 *
 * @param split equal shares that follow from what is served
 * @param flopsPerSecond of one GPU at the dtype of training
 * @param trainingMfu share of them that training sustains, in (0, 1]
 * @param usdPerHour price of a GPU; empty where unknown
 * @param trainedTokens tokens that it was or will be trained on; empty: as the shares say
 */
public record TrainingSheets(
    LifetimeSplit split,
    double flopsPerSecond,
    double trainingMfu,
    OptionalDouble usdPerHour,
    OptionalDouble trainedTokens) {
  private static final double[] FACTORS = {0.5, 0.7, 1, 1.3, 2};
  private static final String MFU = "decode MFU over training's";
  private static final String REINFORCEMENT = "FLOPs of reinforcement";

  /** The sheets. */
  public List<Sheet> sheets() {
    List<Sheet> sheets = new ArrayList<>();
    sheets.add(shares());
    sheets.add(assumptions());
    return sheets;
  }

  private double gpuHours(double flops) {
    return flops / (flopsPerSecond * trainingMfu) / 3600;
  }

  private List<Object> row(String what, double tokens, double flops) {
    List<Object> row =
        new ArrayList<>(List.of(what, tokens / 1e12, flops / 1e24, gpuHours(flops) / 1e6));
    usdPerHour.ifPresent(price -> row.add(gpuHours(flops) * price / 1e6));
    return row;
  }

  private Sheet shares() {
    double share = split.shareFlops();
    List<List<Object>> rows = new ArrayList<>();
    rows.add(row("pretraining", split.pretrainingTokens(), share));
    rows.add(row("reinforcement", split.reinforcementTokens(), share));
    rows.add(row("serving", split.servedTokens(), share));
    double chinchilla = LifetimeEconomics.chinchillaTokens(split.activeParameters());
    rows.add(
        row(
            "compute-optimal",
            chinchilla,
            LifetimeEconomics.trainingFlops(split.activeParameters(), chinchilla)));
    trainedTokens.ifPresent(
        tokens ->
            rows.add(
                row(
                    "as trained",
                    tokens,
                    LifetimeEconomics.trainingFlops(split.activeParameters(), tokens))));
    List<Column> columns =
        new ArrayList<>(
            List.of(
                new Column("share", "equal shares", 0),
                new Column("teraTokens", "tokens [1e12]", 2),
                new Column("flops1e24", "FLOPs [1e24]", 2),
                new Column("millionGpuHours", "GPU hours [1e6]", 2)));
    if (usdPerHour.isPresent()) {
      columns.add(new Column("millionUsd", "USD [1e6]", 1));
    }
    double trained = trainedTokens.orElse(split.pretrainingTokens());
    String sentence =
        "Where each share costs the same, pretraining takes "
            + Figures.fixed(split.pretrainingTokens() / split.servedTokens(), 2)
            + " tokens for each served one, and reinforcement learning "
            + Figures.fixed(split.reinforcementTokens() / split.servedTokens(), 2)
            + "; "
            + (trainedTokens.isPresent() ? "as trained, " : "")
            + Figures.fixed(
                LifetimeEconomics.overTrainingRatio(trained, split.activeParameters()), 1)
            + " times the compute-optimal tokens. Decoding is counted as what training does in the time.";
    return new Sheet(
        "shares",
        "A life of " + Figures.fixed(split.servedTokens() / 1e12, 1) + "e12 tokens served",
        sentence,
        columns,
        rows,
        Optional.empty());
  }

  /** What one factor on one assumption makes of the split. */
  private Map<String, DoubleFunction<LifetimeSplit>> assumed() {
    Map<String, DoubleFunction<LifetimeSplit>> assumed = new LinkedHashMap<>();
    assumed.put(
        "tokens served",
        factor ->
            new LifetimeSplit(
                split.activeParameters(),
                split.servedTokens() * factor,
                split.flopsPerParameter(),
                split.relativeMfu()));
    assumed.put(
        MFU,
        factor ->
            new LifetimeSplit(
                split.activeParameters(),
                split.servedTokens(),
                split.flopsPerParameter(),
                split.relativeMfu() * factor));
    assumed.put(
        REINFORCEMENT,
        factor ->
            new LifetimeSplit(
                split.activeParameters(),
                split.servedTokens(),
                split.flopsPerParameter() * factor,
                split.relativeMfu()));
    assumed.put(
        "active parameters",
        factor ->
            new LifetimeSplit(
                split.activeParameters() * factor,
                split.servedTokens(),
                split.flopsPerParameter(),
                split.relativeMfu()));
    return assumed;
  }

  private boolean possible(String assumption, double factor) {
    return switch (assumption) {
      case MFU -> split.relativeMfu() * factor <= 1;
      case REINFORCEMENT ->
          split.flopsPerParameter() * factor >= 2 && split.flopsPerParameter() * factor <= 6;
      default -> true;
    };
  }

  private Sheet assumptions() {
    List<List<Object>> rows = new ArrayList<>();
    Map<String, List<List<Double>>> lines = new LinkedHashMap<>();
    assumed()
        .forEach(
            (name, made) -> {
              List<List<Double>> line = new ArrayList<>();
              for (double factor : FACTORS) {
                if (!possible(name, factor)) {
                  continue;
                }
                LifetimeSplit other = made.apply(factor);
                line.add(List.of(factor, other.overTraining()));
                if (factor != 1) {
                  rows.add(
                      List.of(
                          name,
                          factor,
                          other.pretrainingTokens() / 1e12,
                          other.reinforcementTokens() / 1e12,
                          other.overTraining(),
                          gpuHours(3 * other.shareFlops()) / 1e6));
                }
              }
              lines.put(name, line);
            });
    return new Sheet(
        "assumptions",
        "How the equal shares move with each assumption",
        "Tokens served and the MFU of decoding decide: over-training goes with the one and against the other; what reinforcement learning costs moves only its own tokens.",
        List.of(
            new Column("assumption", "assumption", 0),
            new Column("factor", "times", 2),
            new Column("pretrainingTeraTokens", "pretraining [1e12]", 2),
            new Column("reinforcementTeraTokens", "reinforcement [1e12]", 2),
            new Column("overTraining", "over-training", 1),
            new Column("millionGpuHours", "all GPU hours [1e6]", 2)),
        rows,
        Optional.of(new Curves("times what is assumed", true, "over-training", true, lines)));
  }
}
