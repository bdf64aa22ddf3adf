package dev.rackplan.report;

import dev.rackplan.cost.TermAccount;
import dev.rackplan.cost.TermPart;
import dev.rackplan.law.Answer;
import dev.rackplan.law.Cell;
import dev.rackplan.law.LawForm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where a term of a step comes from, as plain values for JSON; times in s. */
public final class TermTree {
  private TermTree() {}

  /** Of one term. */
  public static Map<String, Object> of(TermAccount account) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("term", account.term().shortKey());
    tree.put("meaning", account.term().meaning());
    tree.put("formula", account.term().formula());
    tree.put("stepSeconds", account.stepSeconds());
    tree.put("termSeconds", account.termSeconds());
    tree.put("stage", account.stage());
    tree.put("passes", account.passes());
    tree.put("stageSeconds", account.stageSeconds());
    tree.put("layers", account.layers());
    account.layer().ifPresent(layer -> tree.put("layer", layer));
    tree.put("seconds", account.seconds());
    List<Object> parts = new ArrayList<>();
    account.parts().forEach(part -> parts.add(part(part)));
    tree.put("parts", parts);
    return tree;
  }

  private static Map<String, Object> part(TermPart part) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("what", part.what());
    tree.put("seconds", part.seconds());
    tree.put("calls", part.count());
    tree.put("shapes", part.shapes());
    tree.put("inputs", finite(part.inputs()));
    part.law().ifPresent(law -> tree.put("law", law(law)));
    return tree;
  }

  private static Map<String, Object> law(TermPart.UsedLaw used) {
    Answer answer = used.answer();
    LawForm<?> form = used.kind().form();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("operation", used.kind().key());
    tree.put("formula", form.formula());
    Map<String, Double> parameters = new LinkedHashMap<>();
    used.parameters().forEach((parameter, value) -> parameters.put(parameter.name(), value));
    tree.put("parameters", finite(parameters));
    tree.put("basis", answer.provenance().key());
    if (used.cell().isPresent()) {
      Cell cell = used.cell().get();
      tree.put("of", LawWords.of(cell.key()));
      answer.table().ifPresent(table -> tree.put("gpu", table.gpu()));
      tree.put("rows", cell.rows());
      tree.put("medianError", cell.error().median());
      tree.put("p90Error", cell.error().p90());
      answer.table().ifPresent(table -> tree.put("source", table.source()));
    }
    return tree;
  }

  // JSON knows no infinity: what has no end is left out.
  private static Map<String, Object> finite(Map<String, Double> values) {
    Map<String, Object> finite = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (Double.isFinite(value)) {
            finite.put(name, value);
          }
        });
    return finite;
  }
}
