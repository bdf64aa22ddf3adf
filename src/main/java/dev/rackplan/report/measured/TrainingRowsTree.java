package dev.rackplan.report.measured;

import dev.rackplan.accuracy.MemoryChances;
import dev.rackplan.accuracy.MemoryVerdicts;
import dev.rackplan.accuracy.TrainingDecisions;
import dev.rackplan.accuracy.TrainingResult;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.accuracy.TrainingRowStudy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A user's training runs against the model as plain values; docs/formats.md lists the keys. */
public final class TrainingRowsTree {
  private TrainingRowsTree() {}

  /** Every row in its order, and what they say together. */
  public static Map<String, Object> of(TrainingRowStudy study) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rows", study.results().stream().map(TrainingRowsTree::row).toList());
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("counted", study.counted());
    summary.put("expressed", study.predicted().size());
    study.step().ifPresent(step -> summary.put("step", MeasuredTree.figures(step)));
    study.memory().ifPresent(memory -> summary.put("memory", MeasuredTree.figures(memory)));
    Map<String, Object> families = new LinkedHashMap<>();
    families.put("model", families(study, TrainingRow.Family::model));
    families.put("gpu", families(study, TrainingRow.Family::gpu));
    families.put("framework", families(study, TrainingRow.Family::framework));
    summary.put("families", families);
    summary.put(
        "outOfMemory", study.memoryVerdicts().stream().map(TrainingRowsTree::verdicts).toList());
    summary.put(
        "outOfMemoryChances",
        study.memoryChances().stream().map(TrainingRowsTree::chances).toList());
    summary.put("decisions", decisions(TrainingDecisions.of(study)));
    tree.put("summary", summary);
    return tree;
  }

  private static Map<String, Object> decisions(TrainingDecisions made) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("sets", made.sets().size());
    made.regret().ifPresent(regret -> tree.put("meanRegret", regret));
    List<Object> shares = new ArrayList<>();
    for (TrainingDecisions.Share share : made.shares(1)) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("of", share.name());
      entry.put("pairs", share.pairs());
      entry.put("rightOrder", share.share());
      shares.add(entry);
    }
    tree.put("pairs", shares);
    return tree;
  }

  private static Map<String, Object> verdicts(MemoryVerdicts made) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("of", made.source());
    tree.put("ranOut", made.ranOut());
    tree.put("found", made.found());
    tree.put("ran", made.ran());
    tree.put("falseAlarms", made.falseAlarms());
    tree.put("right", made.right());
    return tree;
  }

  private static Map<String, Object> chances(MemoryChances step) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("least", step.least());
    tree.put("most", step.most());
    tree.put("runs", step.runs());
    tree.put("said", step.said());
    tree.put("ranOut", step.ranOut());
    return tree;
  }

  private static Map<String, Object> row(TrainingResult result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    TrainingRow row = result.row();
    tree.put("id", row.id());
    if (result instanceof TrainingResult.Predicted predicted) {
      tree.put("stepSeconds", predicted.stepSeconds());
      tree.put("memoryBytes", predicted.memoryBytes());
      tree.put("outOfMemory", predicted.outOfMemory());
      MeasuredTree.put(tree, "outOfMemoryChance", predicted.memory().chanceBeyond());
      MeasuredTree.put(tree, "stepPlusMinus", predicted.confidence().plusMinus());
      MeasuredTree.put(tree, "measuredStepSeconds", row.stepSeconds());
      MeasuredTree.put(tree, "measuredMemoryBytes", row.memoryBytes());
      if (row.ranOut()) {
        tree.put("measuredOutOfMemory", true);
      }
    } else if (result instanceof TrainingResult.Refused refused) {
      tree.put("notExpressible", refused.why());
    }
    return tree;
  }

  private static List<Object> families(
      TrainingRowStudy study, Function<TrainingRow.Family, String> attribute) {
    List<Object> entries = new ArrayList<>();
    for (TrainingRowStudy.Family family : study.families(attribute)) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("of", family.name());
      entry.putAll(MeasuredTree.figures(family.step()));
      entries.add(entry);
    }
    return entries;
  }
}
