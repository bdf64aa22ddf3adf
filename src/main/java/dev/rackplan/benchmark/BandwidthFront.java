package dev.rackplan.benchmark;

import java.util.List;

/**
 * What the search makes of one problem at several NIC bandwidths: the trade between balance and
 * traffic.
 *
 * @param problem its name
 * @param scaleUpBytesPerSecond line rate in bytes/s of the slowest scale-up domain, one direction
 * @param points one per bandwidth, the slowest network first
 */
public record BandwidthFront(
    String problem, double scaleUpBytesPerSecond, List<FrontPoint> points) {
  public BandwidthFront {
    points = List.copyOf(points);
    if (points.isEmpty()) {
      throw new IllegalArgumentException("a front needs at least one point");
    }
  }

  /**
   * The usual placements, whose balance and traffic are the same at every bandwidth; their layer
   * times are those of the first point.
   */
  public List<BenchmarkRow> usual() {
    return points.get(0).usual();
  }

  /** Scale-up over scale-out line rate at {@code point}. */
  public double scaleUpToScaleOut(FrontPoint point) {
    return scaleUpBytesPerSecond / point.nicBytesPerSecond();
  }
}
