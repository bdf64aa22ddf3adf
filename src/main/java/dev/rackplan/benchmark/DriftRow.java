package dev.rackplan.benchmark;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One way to go from window to window, judged on each next one.
 *
 * @param placer such as {@code never moving}
 * @param balance mean over GPUs ÷ largest load, mean over layers and next windows
 * @param worstBalance of the next window where it is least
 * @param remoteDomains other domains that a token is sent to, mean over layers and next windows
 * @param layerSeconds expert time + all-to-all of a MoE layer in s, mean over layers and next
 *     windows
 * @param movedBytes bytes of expert weights moved in all
 * @param moveSeconds time in s that these moves take on the links in all
 * @param moves windows after which something moved
 * @param lowestLayerSeconds of the seed whose layers are shortest
 * @param highestLayerSeconds of the seed whose layers are longest
 */
public record DriftRow(
    String placer,
    double balance,
    double worstBalance,
    double remoteDomains,
    double layerSeconds,
    double movedBytes,
    double moveSeconds,
    double moves,
    double lowestLayerSeconds,
    double highestLayerSeconds) {
  /** The mean of one way's rows, a row for each seed; the worst window is that of all. */
  static DriftRow mean(List<DriftRow> seeds) {
    return new DriftRow(
        seeds.get(0).placer,
        mean(seeds, DriftRow::balance),
        seeds.stream().mapToDouble(DriftRow::worstBalance).min().orElseThrow(),
        mean(seeds, DriftRow::remoteDomains),
        mean(seeds, DriftRow::layerSeconds),
        mean(seeds, DriftRow::movedBytes),
        mean(seeds, DriftRow::moveSeconds),
        mean(seeds, DriftRow::moves),
        seeds.stream().mapToDouble(DriftRow::lowestLayerSeconds).min().orElseThrow(),
        seeds.stream().mapToDouble(DriftRow::highestLayerSeconds).max().orElseThrow());
  }

  private static double mean(List<DriftRow> seeds, ToDoubleFunction<DriftRow> figure) {
    return seeds.stream().mapToDouble(figure).average().orElseThrow();
  }
}
