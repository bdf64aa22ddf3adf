package dev.rackplan.benchmark;

import java.util.List;

/**
 * One problem at one NIC bandwidth.
 *
 * @param nicBytesPerSecond line rate in bytes/s of each GPU's share, one direction
 * @param usual the usual placements at that bandwidth
 * @param search the search's placement, the median over seeds by {@link
 *     BenchmarkRow#objectiveSeconds}
 */
public record FrontPoint(double nicBytesPerSecond, List<BenchmarkRow> usual, BenchmarkRow search) {
  public FrontPoint {
    usual = List.copyOf(usual);
  }

  /** Layer time in s of the fastest usual placement at this bandwidth. */
  public double bestUsualLayerSeconds() {
    return usual.stream().mapToDouble(BenchmarkRow::layerSeconds).min().orElseThrow();
  }
}
