package dev.rackplan.report;

import dev.rackplan.benchmark.DriftCase;
import dev.rackplan.benchmark.DriftRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Ways to go from window to window as plain values, units in the keys. */
public final class DriftTree {
  private DriftTree() {}

  /** One case. */
  public static Map<String, Object> of(DriftCase drift) {
    List<Object> rows = new ArrayList<>();
    for (DriftRow row : drift.rows()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("placer", row.placer());
      tree.put("balancedness", row.balance());
      tree.put("worstWindowBalancedness", row.worstBalance());
      tree.put("remoteDomainsPerToken", row.remoteDomains());
      tree.put("layerSeconds", row.layerSeconds());
      tree.put("lowestLayerSeconds", row.lowestLayerSeconds());
      tree.put("highestLayerSeconds", row.highestLayerSeconds());
      tree.put("movedBytes", row.movedBytes());
      tree.put("moveSeconds", row.moveSeconds());
      tree.put("moves", row.moves());
      rows.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("problem", drift.problem());
    tree.put("windows", drift.windows());
    tree.put("seeds", drift.seeds());
    tree.put("placers", rows);
    return tree;
  }
}
