package dev.rackplan.report;

import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.BenchmarkRow;
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
      rows.add(row(row));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("problem", benchmark.problem());
    tree.put("searchSeconds", benchmark.budget().seconds());
    tree.put("clock", benchmark.budget().countsCpuTime() ? "cpu" : "wall");
    tree.put("seeds", benchmark.budget().seeds());
    tree.put("placers", rows);
    return tree;
  }

  /** One placer. */
  static Map<String, Object> row(BenchmarkRow row) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("placer", row.placer());
    tree.put("layerSeconds", row.plannedLayerSeconds());
    tree.put("placement", EvaluationTree.placement(row.planned()));
    row.heldOutLayerSeconds().ifPresent(value -> tree.put("heldOutLayerSeconds", value));
    row.heldOut().ifPresent(value -> tree.put("heldOut", EvaluationTree.placement(value)));
    tree.put("objectiveSeconds", row.objectiveSeconds());
    if (row.movesPerSecond().isPresent()) {
      tree.put("leastSeconds", row.leastSeconds());
      tree.put("mostSeconds", row.mostSeconds());
      tree.put("seconds", row.seconds());
      tree.put("movesPerSecond", row.movesPerSecond().getAsDouble());
    }
    return tree;
  }
}
