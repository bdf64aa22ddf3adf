package dev.rackplan.report.measured;

import dev.rackplan.accuracy.AccuracyStudy;
import dev.rackplan.accuracy.AccuracyStudy.Ordered;
import dev.rackplan.accuracy.Prediction;
import dev.rackplan.accuracy.PublishedRow;
import dev.rackplan.accuracy.RowUse;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.evaluation.Bottleneck;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.report.EvaluationTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Predictions against published results as plain values; docs/formats.md lists the keys. */
public final class AccuracyTree {
  private AccuracyTree() {}

  public static Map<String, Object> of(AccuracyStudy study) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put(
        "rows",
        study.predictions().stream()
            .filter(prediction -> prediction.row().use() != RowUse.ORDER)
            .map(AccuracyTree::row)
            .toList());
    List<Object> medians = new ArrayList<>();
    AccuracyText.medianGroups()
        .forEach(
            (name, rows) ->
                study
                    .medianError(rows)
                    .ifPresent(
                        error -> {
                          Map<String, Object> median = new LinkedHashMap<>();
                          median.put("of", name);
                          median.put("rows", study.count(rows));
                          median.put("medianAbsoluteError", error);
                          medians.add(median);
                        }));
    tree.put("medians", medians);
    tree.put("orders", study.orders().stream().map(AccuracyTree::order).toList());
    tree.put(
        "notModelled",
        study.leftOut().stream()
            .map(
                left -> {
                  Map<String, Object> entry = new LinkedHashMap<>();
                  entry.put("id", left.id());
                  entry.put("reason", left.reason());
                  return entry;
                })
            .toList());
    return tree;
  }

  private static Map<String, Object> row(Prediction prediction) {
    PublishedRow row = prediction.row();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", row.id());
    tree.put("kind", JsonCursor.camelCase(row.kind()));
    tree.put("use", JsonCursor.camelCase(row.use()));
    tree.put("published", row.layoutWords());
    if (!row.assumed().isEmpty()) {
      tree.put("assumed", row.assumed());
    }
    tree.put("layout", SolutionFile.layout(row.layout()));
    tree.put("unit", row.kind().unit());
    tree.put("predicted", prediction.predicted());
    tree.put("measured", row.measured().orElseThrow());
    tree.put("error", prediction.error().orElseThrow());
    CostedInstance slowest = prediction.costed().slowest();
    tree.put("stages", slowest.stages().stream().map(EvaluationTree::stage).toList());
    tree.put("bottleneck", Bottleneck.sentence(slowest, row.layout().microBatches()));
    tree.put("source", row.source());
    return tree;
  }

  private static Map<String, Object> order(Ordered ordered) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", ordered.order().name());
    tree.put("predictedRatio", ordered.predictedRatio());
    tree.put("measuredRatio", ordered.order().measuredRatio());
    tree.put("right", ordered.right());
    tree.put("source", ordered.order().source());
    return tree;
  }
}
