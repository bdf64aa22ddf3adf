package dev.rackplan.report.measured;

import dev.rackplan.accuracy.ErrorFigures;
import dev.rackplan.accuracy.MeasuredPrediction;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.RowAttribute;
import dev.rackplan.accuracy.RowResult;
import dev.rackplan.accuracy.ServingDecisions;
import dev.rackplan.json.JsonCursor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** A user's measurements against the model as plain values; docs/formats.md lists the keys. */
public final class MeasuredTree {
  private MeasuredTree() {}

  /** Every row in its order, and what they say together. */
  public static Map<String, Object> of(MeasuredStudy study) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rows", study.results().stream().map(MeasuredTree::row).toList());
    tree.put("summary", summary(study));
    return tree;
  }

  /** The same with what choosing by the model would have cost. */
  public static Map<String, Object> of(MeasuredStudy study, ServingDecisions decisions) {
    Map<String, Object> tree = of(study);
    tree.put("decisions", decisions(decisions));
    return tree;
  }

  private static Map<String, Object> row(RowResult result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    MeasuredRow row = result.row();
    tree.put("id", row.id());
    if (result instanceof MeasuredPrediction prediction) {
      tree.put("tpotMillis", prediction.tpotMillis());
      tree.put("ttftMillis", prediction.ttftMillis());
      put(tree, "tpotPlusMinus", prediction.tpot().plusMinus());
      put(tree, "ttftPlusMinus", prediction.ttft().plusMinus());
      put(tree, "measuredTpotMillis", row.tpotMillis());
      put(tree, "measuredTtftMillis", row.ttftMillis());
    } else if (result instanceof RowResult.Refused refused) {
      tree.put("notExpressible", refused.why());
    }
    return tree;
  }

  private static Map<String, Object> summary(MeasuredStudy study) {
    Predicate<MeasuredRow> counted = MeasuredRow::counts;
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("counted", study.predictions(counted).size() + study.refused(counted).size());
    tree.put("expressed", study.predictions(counted).size());
    Map<String, Object> flags = new LinkedHashMap<>();
    study.flags().forEach((flag, rows) -> flags.put(flag.key(), rows));
    tree.put("flags", flags);
    study.tpot(counted).ifPresent(figures -> tree.put("tpot", figures(figures)));
    study.ttft(counted).ifPresent(figures -> tree.put("ttft", figures(figures)));
    study
        .tpot(MeasuredRow::mayHaveDrafted)
        .ifPresent(figures -> tree.put("maybeMtpTpot", figures(figures)));
    put(tree, "tpotWithin", study.within(counted));
    Map<String, Object> families = new LinkedHashMap<>();
    for (RowAttribute attribute : RowAttribute.values()) {
      List<Object> entries = new ArrayList<>();
      for (MeasuredStudy.Family family : study.families(attribute)) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("of", family.name());
        entry.putAll(figures(family.tpot()));
        entries.add(entry);
      }
      families.put(JsonCursor.camelCase(attribute), entries);
    }
    tree.put("families", families);
    return tree;
  }

  static Map<String, Object> figures(ErrorFigures figures) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("rows", figures.rows());
    tree.put("medianError", figures.median());
    tree.put("medianAbsoluteError", figures.medianAbsolute());
    tree.put("ninetiethAbsoluteError", figures.ninetieth());
    tree.put("withinTenth", figures.withinTenth());
    tree.put("withinFifth", figures.withinFifth());
    tree.put("withinHalf", figures.withinHalf());
    return tree;
  }

  private static Map<String, Object> decisions(ServingDecisions decisions) {
    Map<String, Object> tree = new LinkedHashMap<>();
    putChoices(tree, decisions.tpot());
    put(tree, "pairsInOrder", decisions.inOrder());
    put(tree, "meanRegret", decisions.meanRegret());
    tree.put("pairs", decisions.pairs().stream().map(MeasuredTree::pair).toList());
    put(tree, "hardwareInOrder", decisions.hardwareInOrder());
    tree.put("hardware", decisions.hardware().stream().map(MeasuredTree::pair).toList());
    Map<String, Object> both = new LinkedHashMap<>();
    putChoices(both, decisions.both());
    tree.put("bothLimits", both);
    return tree;
  }

  private static void putChoices(Map<String, Object> tree, ServingDecisions.Choices choices) {
    put(tree, "missed", choices.missed());
    put(tree, "nothingFound", choices.nothingFound());
    put(tree, "meanLoss", choices.meanLoss());
    tree.put("choices", choices.all().stream().map(MeasuredTree::choice).toList());
  }

  private static Map<String, Object> choice(ServingDecisions.Choice choice) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("group", choice.group());
    tree.put("limitMillis", choice.limitMillis());
    put(tree, "ttftLimitMillis", choice.ttftLimitMillis());
    choice.chosen().ifPresent(id -> tree.put("chosen", id));
    tree.put("best", choice.best());
    tree.put("missed", choice.missed());
    put(tree, "loss", choice.loss());
    return tree;
  }

  private static Map<String, Object> pair(ServingDecisions.Pair pair) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("faster", pair.faster());
    tree.put("slower", pair.slower());
    tree.put("inOrder", pair.inOrder());
    tree.put("regret", pair.regret());
    return tree;
  }

  static void put(Map<String, Object> tree, String key, OptionalDouble value) {
    value.ifPresent(known -> tree.put(key, known));
  }
}
