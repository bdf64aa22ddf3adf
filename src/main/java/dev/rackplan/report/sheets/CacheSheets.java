package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.report.Figures;
import dev.rackplan.report.sheets.Sheet.Column;
import dev.rackplan.report.sheets.Sheet.Curves;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keep a context's KV cache or compute it again, and where to keep it.
 *
 * @param contextTokens tokens of the context
 * @param bytes of its KV cache
 * @param recomputeUsd what computing it once more takes
 * @param holdSeconds until it is read again
 * @param reads of it in that time, mean; 0.1: one context in ten is asked for again
 * @param tiers the fastest first
 */
public record CacheSheets(
    double contextTokens,
    double bytes,
    double recomputeUsd,
    double holdSeconds,
    double reads,
    List<CacheTier> tiers) {
  private static final double[] HOLDS = {1, 5, 20, 60, 300, 1200, 3600, 14_400, 86_400, 604_800};

  /** The sheets. */
  public List<Sheet> sheets() {
    return List.of(tierSheet(), holdSheet());
  }

  private double keep(CacheTier tier, double seconds) {
    return tier.keepUsd(bytes, seconds, reads);
  }

  private CacheTier cheapest(double seconds) {
    return tiers.stream()
        .min(Comparator.comparingDouble(tier -> keep(tier, seconds)))
        .orElseThrow();
  }

  private CacheTier byDrain(double seconds) {
    double[] drains = tiers.stream().mapToDouble(CacheTier::drainSeconds).toArray();
    return tiers.get(LifetimeEconomics.cacheTier(drains, seconds));
  }

  private boolean keeps(double seconds) {
    return keep(cheapest(seconds), seconds) < reads * recomputeUsd;
  }

  private Sheet tierSheet() {
    List<List<Object>> rows = new ArrayList<>();
    for (CacheTier tier : tiers) {
      rows.add(
          List.of(
              tier.name(),
              tier.drainSeconds(),
              1e6 * tier.holdUsd(bytes, holdSeconds),
              1e6 * tier.retrieveUsd(bytes),
              1e6 * keep(tier, holdSeconds),
              holdSeconds / tier.drainSeconds(),
              tier.breakEvenSeconds(bytes, reads, recomputeUsd)));
    }
    rows.add(
        List.of("recompute", 0.0, 0.0, 1e6 * recomputeUsd, 1e6 * reads * recomputeUsd, 0.0, 0.0));
    CacheTier best = cheapest(holdSeconds);
    String sentence =
        (keeps(holdSeconds)
                ? "Keep it in " + best.name() + ": " + ratio(best)
                : "Compute it again: " + best.name() + ", the cheapest to keep it in, costs more")
            + ". By drain time alone, where holding costs as much as reading back, "
            + byDrain(holdSeconds).name()
            + " fits.";
    return new Sheet(
        "tiers",
        "A context of "
            + Figures.fixed(contextTokens, 0)
            + " tokens ("
            + Figures.fixed(bytes / 1e6, 1)
            + " MB) held for "
            + Figures.fixed(holdSeconds, 1)
            + " s, read "
            + Figures.fixed(reads, 2)
            + " times",
        sentence,
        List.of(
            new Column("tier", "tier", 0),
            new Column("drainSeconds", "drain [s]", 3),
            new Column("holdMicroUsd", "hold [1e-6 USD]", 3),
            new Column("readMicroUsd", "one read [1e-6 USD]", 3),
            new Column("totalMicroUsd", "together [1e-6 USD]", 3),
            new Column("holdOverRead", "hold over read", 2),
            new Column("breakEvenSeconds", "worth keeping for [s]", 0)),
        rows,
        Optional.empty());
  }

  private String ratio(CacheTier best) {
    return Figures.fixed(reads * recomputeUsd / keep(best, holdSeconds), 1)
        + " times cheaper than computing it again";
  }

  private Sheet holdSheet() {
    List<List<Object>> rows = new ArrayList<>();
    Map<String, List<List<Double>>> lines = new LinkedHashMap<>();
    tiers.forEach(tier -> lines.put(tier.name(), new ArrayList<>()));
    lines.put("recompute", new ArrayList<>());
    for (double hold : HOLDS) {
      CacheTier best = cheapest(hold);
      rows.add(
          List.of(
              hold,
              keeps(hold) ? best.name() : "recompute",
              byDrain(hold).name(),
              1e6 * Math.min(keep(best, hold), reads * recomputeUsd)));
      tiers.forEach(tier -> lines.get(tier.name()).add(List.of(hold, 1e6 * keep(tier, hold))));
      lines.get("recompute").add(List.of(hold, 1e6 * reads * recomputeUsd));
    }
    double last = HOLDS[0];
    for (double hold : HOLDS) {
      last = keeps(hold) ? hold : last;
    }
    return new Sheet(
        "holds",
        "The cheapest place over the hold time",
        keeps(HOLDS[0])
            ? "Keeping is worth it up to at least "
                + Figures.fixed(last, 0)
                + " s; the longer the hold, the slower the tier."
            : "It is never worth keeping at this rate of reads.",
        List.of(
            new Column("holdSeconds", "hold [s]", 0),
            new Column("cheapest", "cheapest", 0),
            new Column("byDrain", "by drain time", 0),
            new Column("microUsd", "costs [1e-6 USD]", 3)),
        rows,
        Optional.of(new Curves("hold [s]", true, "USD per million contexts", true, lines)));
  }
}
