package dev.rackplan.report;

import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.evaluation.PlacementFigures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A benchmark as plain values, units in the keys. */
public final class BenchmarkTree {
  private BenchmarkTree() {}

  /** One case. */
  public static Map<String, Object> of(BenchmarkCase benchmark) {
    List<Object> rows = new ArrayList<>();
    for (BenchmarkRow row : benchmark.rows()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("placer", row.placer());
      tree.put("layerSeconds", row.plannedLayerSeconds());
      tree.put("placement", figures(row.planned()));
      row.heldOutLayerSeconds().ifPresent(value -> tree.put("heldOutLayerSeconds", value));
      row.heldOut().ifPresent(value -> tree.put("heldOut", figures(value)));
      tree.put("objectiveSeconds", row.objectiveSeconds());
      if (row.movesPerSecond().isPresent()) {
        tree.put("seconds", row.seconds());
        tree.put("movesPerSecond", row.movesPerSecond().getAsDouble());
      }
      rows.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("problem", benchmark.problem());
    tree.put("placers", rows);
    return tree;
  }

  private static Map<String, Object> figures(PlacementFigures figures) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("balancedness", figures.balancedness());
    tree.put("balancednessEven", figures.balancednessEven());
    tree.put("worstLayerBalancedness", figures.worstLayerBalancedness());
    tree.put("remoteDomainsPerToken", figures.remoteDomainsPerToken());
    tree.put("scaleOutBytesPerToken", figures.scaleOutBytesPerToken());
    return tree;
  }
}
