package dev.rackplan.report;

import dev.rackplan.cost.LifetimeEconomics;
import dev.rackplan.cost.LifetimeSplit;
import dev.rackplan.cost.Roofline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model costs over its life, and what prices say about it, as text and as plain values.
 *
 * @param split training, reinforcement learning, inference
 * @param hardwareFactor multiplies/s × bytes per weight over bytes/s
 * @param priceStepTokens context from which a provider charges more
 * @param outputOverInputPrice output price over input price
 * @param prefillMfu FLOP utilisation of prefill, in (0, 1]
 * @param holdSeconds how long a cache is kept before it is read again
 * @param tiers memories that could keep it
 */
public record EconomicsReport(
    LifetimeSplit split,
    double hardwareFactor,
    double priceStepTokens,
    double outputOverInputPrice,
    double prefillMfu,
    double holdSeconds,
    List<Tier> tiers) {

  /**
   * A memory.
   *
   * @param drainSeconds capacity over bandwidth
   */
  public record Tier(String name, double drainSeconds) {}

  /** The lecture's tiers below the GPU's own memory: assumed, orders of magnitude. */
  public static final List<Tier> LOWER_TIERS =
      List.of(new Tier("DDR", 3), new Tier("flash", 60), new Tier("disk", 3600));

  public EconomicsReport {
    tiers = List.copyOf(tiers);
  }

  private double kvBytesPerToken() {
    return Roofline.kvBytesFromPriceStep(
        split.activeParameters(), 1, hardwareFactor, priceStepTokens);
  }

  private double decodeMfu() {
    return LifetimeEconomics.decodeMfuFromPriceRatio(prefillMfu, outputOverInputPrice);
  }

  private Tier bestTier() {
    double[] drains = tiers.stream().mapToDouble(Tier::drainSeconds).toArray();
    return tiers.get(LifetimeEconomics.cacheTier(drains, holdSeconds));
  }

  /** A cache's cost in a tier: holding over retrieving; 1 where the two are equal. */
  private double holdOverRetrieve(Tier tier) {
    return holdSeconds / tier.drainSeconds();
  }

  /** Plain values; docs/formats.md lists the keys. */
  public Map<String, Object> tree() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("activeParameters", split.activeParameters());
    tree.put("servedTokens", split.servedTokens());
    tree.put("pretrainingTokens", split.pretrainingTokens());
    tree.put("reinforcementTokens", split.reinforcementTokens());
    tree.put("shareFlops", split.shareFlops());
    tree.put("chinchillaTokens", LifetimeEconomics.chinchillaTokens(split.activeParameters()));
    tree.put("overTraining", split.overTraining());
    tree.put("kvBytesPerToken", kvBytesPerToken());
    tree.put("decodeMfu", decodeMfu());
    List<Object> entries = new ArrayList<>();
    for (Tier tier : tiers) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", tier.name());
      entry.put("drainSeconds", tier.drainSeconds());
      entry.put("holdOverRetrieve", holdOverRetrieve(tier));
      entries.add(entry);
    }
    tree.put("tiers", entries);
    tree.put("bestTier", bestTier().name());
    return tree;
  }

  /** Lines that end with a line feed. */
  public String text() {
    TextTable split3 = new TextTable(List.of("equal shares", "tokens [1e12]", "FLOPs [1e24]"));
    String flops = Figures.fixed(split.shareFlops() / 1e24, 2);
    split3.add(List.of("pretraining", trillions(split.pretrainingTokens()), flops));
    split3.add(List.of("reinforcement", trillions(split.reinforcementTokens()), flops));
    split3.add(List.of("inference", trillions(split.servedTokens()), flops));
    TextTable table =
        new TextTable(List.of("cache tier", "drain [s]", "hold over retrieve cost", "best"));
    for (Tier tier : tiers) {
      table.add(
          List.of(
              tier.name(),
              Figures.fixed(tier.drainSeconds(), 3),
              Figures.fixed(holdOverRetrieve(tier), 3),
              tier.equals(bestTier()) ? "yes" : ""));
    }
    return split3.text()
        + "FLOPs of decoding are counted as what training does in the time.\n"
        + "over-training: "
        + Figures.fixed(split.overTraining(), 1)
        + " times the compute-optimal "
        + trillions(LifetimeEconomics.chinchillaTokens(split.activeParameters()))
        + "e12 tokens\n\nKV cache: a price step at "
        + Figures.fixed(priceStepTokens, 0)
        + " tokens gives away "
        + Figures.fixed(kvBytesPerToken(), 0)
        + " bytes/token\ndecode MFU: output at "
        + Figures.fixed(outputOverInputPrice, 1)
        + " times the input price means "
        + Figures.fixed(decodeMfu(), 3)
        + " against "
        + Figures.fixed(prefillMfu, 3)
        + " in prefill\n\ncache kept for "
        + Figures.fixed(holdSeconds, 1)
        + " s:\n"
        + table.text();
  }

  private static String trillions(double tokens) {
    return Figures.fixed(tokens / 1e12, 2);
  }
}
