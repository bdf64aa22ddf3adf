package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.report.Figures;
import dev.rackplan.report.sheets.Sheet.Column;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What public prices give away, and what a model's own figures would make of them.
 *
 * @param roofline the model on its GPU, at the context of the price step
 * @param stepTokens context from which a provider charges more
 * @param outputOverInput output price over input price
 * @param prefillMfu FLOP utilisation of prefill, in (0, 1]
 * @param batch sequences that decode together, for the way back
 * @param baseUsd input price per million tokens
 * @param writeUsd price per million tokens of input that is kept
 * @param hitUsd price per million tokens of input that was kept
 * @param holdSeconds how long that is for
 * @param tiers memories that could keep it
 */
public record PriceSheets(
    ModelRoofline roofline,
    double stepTokens,
    double outputOverInput,
    double prefillMfu,
    long batch,
    double baseUsd,
    double writeUsd,
    double hitUsd,
    double holdSeconds,
    List<CacheTier> tiers) {

  private static final List<Column> FIGURES =
      List.of(
          new Column("figure", "figure", 0),
          new Column("value", "value", Column.SIGNIFICANT),
          new Column("unit", "unit", 0),
          new Column("from", "from", 0));

  /** The sheets. */
  public List<Sheet> sheets() {
    return List.of(step(), ratio(), cache());
  }

  private double impliedKvBytes() {
    return Roofline.kvBytesFromPriceStep(
        roofline.model().activeParameters(), 1, roofline.hardwareFactor(), stepTokens);
  }

  private Sheet step() {
    OptionalDouble crossover = roofline.contextCrossoverTokens();
    List<List<Object>> rows = new ArrayList<>();
    rows.add(List.of("price step", stepTokens, "tokens", "asked"));
    rows.add(
        List.of(
            "KV read",
            impliedKvBytes(),
            "bytes/token",
            "the step, where compute takes as long as reading KV"));
    rows.add(
        List.of(
            "KV read",
            roofline.kvBytesPerContextToken(),
            "bytes/token",
            roofline.model().name() + " at that context"));
    crossover.ifPresent(
        tokens ->
            rows.add(
                List.of(
                    "price step", tokens, "tokens", roofline.model().name() + ", the way back")));
    double times = roofline.kvBytesPerContextToken() / impliedKvBytes();
    return new Sheet(
        "step",
        "A price step over the context",
        "A model of these active parameters with a step at "
            + Figures.fixed(stepTokens, 0)
            + " tokens reads "
            + Figures.fixed(impliedKvBytes(), 0)
            + " bytes a token; "
            + roofline.model().name()
            + " reads "
            + Figures.fixed(times, 1)
            + " times that"
            + (crossover.isPresent()
                ? ", and its own step would be at "
                    + Figures.fixed(crossover.getAsDouble(), 0)
                    + "."
                : ", and has no step: its reads do not grow with the context."),
        FIGURES,
        rows,
        Optional.empty());
  }

  private Sheet ratio() {
    double implied = LifetimeEconomics.decodeMfuFromPriceRatio(prefillMfu, outputOverInput);
    var point = roofline.point(batch);
    double own = point.computeSeconds() / point.stepSeconds();
    List<List<Object>> rows =
        List.of(
            List.of("output over input", outputOverInput, "ratio", "asked"),
            List.of(
                "decode MFU",
                implied,
                "share",
                "the ratio and a prefill MFU of " + Figures.fixed(prefillMfu, 2)),
            List.of(
                "decode MFU",
                own,
                "share",
                roofline.model().name() + " with " + batch + " sequences, at most"),
            List.of(
                "output over input",
                prefillMfu / own,
                "ratio",
                roofline.model().name() + ", the way back"));
    return new Sheet(
        "ratio",
        "Output price over input price",
        "Output at "
            + Figures.fixed(outputOverInput, 1)
            + " times the input price says that decode reaches 1/"
            + Figures.fixed(outputOverInput, 1)
            + " of prefill's MFU: it is bound by memory, not compute.",
        FIGURES,
        rows,
        Optional.empty());
  }

  private Sheet cache() {
    double bytes = roofline.kvBytesPerContextToken();
    double perGbHour = (writeUsd - baseUsd) / 1e6 / bytes / holdSeconds * 1e9 * 3600;
    double[] drains = tiers.stream().mapToDouble(CacheTier::drainSeconds).toArray();
    CacheTier byDrain = tiers.get(LifetimeEconomics.cacheTier(drains, holdSeconds));
    CacheTier byPrice =
        tiers.stream()
            .min(
                Comparator.comparingDouble(
                    tier -> Math.abs(Math.log(perGbHour / (tier.usdPerByteSecond() * 1e9 * 3600)))))
            .orElseThrow();
    List<List<Object>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "hit over base",
            hitUsd / baseUsd,
            "ratio",
            "the prices: a hit saves the rest of prefill"));
    rows.add(
        List.of(
            "hold",
            perGbHour,
            "USD/GB/h",
            "write less base price over the hold time, at this model's bytes"));
    for (CacheTier tier : tiers) {
      rows.add(
          List.of(tier.name() + " drain", tier.drainSeconds(), "s", "capacity over bandwidth"));
      rows.add(
          List.of(
              tier.name() + " hold",
              tier.usdPerByteSecond() * 1e9 * 3600,
              "USD/GB/h",
              "break-even price"));
    }
    return new Sheet(
        "cache",
        "Prices of kept input",
        "Held for "
            + Figures.fixed(holdSeconds, 0)
            + " s, input belongs in "
            + byDrain.name()
            + " (drain time nearest the hold time); what is charged for it would pay for "
            + byPrice.name()
            + ".",
        FIGURES,
        rows,
        Optional.empty());
  }
}
