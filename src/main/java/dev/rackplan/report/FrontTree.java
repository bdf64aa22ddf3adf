package dev.rackplan.report;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.benchmark.FrontPoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trade between balance and traffic over bandwidths as plain values, units in the keys. */
public final class FrontTree {
  private FrontTree() {}

  /** One case: at each bandwidth the usual placements, then the search's. */
  public static Map<String, Object> of(BandwidthFront front) {
    List<Object> points = new ArrayList<>();
    for (FrontPoint point : front.points()) {
      List<Object> placers = new ArrayList<>();
      for (BenchmarkRow row : point.usual()) {
        placers.add(BenchmarkTree.row(row));
      }
      placers.add(BenchmarkTree.row(point.search()));
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("nicBytesPerSecond", point.nicBytesPerSecond());
      tree.put("scaleUpToScaleOut", front.scaleUpToScaleOut(point));
      tree.put("placers", placers);
      points.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("problem", front.problem());
    tree.put("scaleUpBytesPerSecond", front.scaleUpBytesPerSecond());
    tree.put("points", points);
    return tree;
  }
}
