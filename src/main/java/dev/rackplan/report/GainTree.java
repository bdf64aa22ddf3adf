package dev.rackplan.report;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Gain;
import dev.rackplan.evaluation.SteppedGain;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code evaluation.gain} of a solution file as plain values. */
final class GainTree {
  private GainTree() {}

  static Map<String, Object> of(Evaluation plan, NamedEvaluation over) {
    Gain gain = Gain.of(plan, over.evaluation());
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("balanceSeconds", gain.balanceSeconds());
    parts.put("fetchSeconds", gain.fetchSeconds());
    parts.put("homeSeconds", gain.homeSeconds());
    parts.put("togetherSeconds", gain.togetherSeconds());
    parts.put("linkSeconds", gain.linkSeconds());
    parts.put("portSeconds", gain.portSeconds());
    for (Term term : Term.values()) {
      if (gain.placed().of(term) != 0) {
        parts.put(term.key(), gain.placed().of(term));
      }
    }
    parts.put("otherSeconds", gain.otherSeconds());
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("over", over.name());
    tree.put("seconds", gain.seconds());
    tree.put("parts", parts);
    if (!plan.drawnStepSeconds().isEmpty()) {
      SteppedGain stepped = SteppedGain.of(plan, over.evaluation());
      Map<String, Object> steps = new LinkedHashMap<>();
      steps.put("seconds", stepped.seconds());
      steps.put("deviationSeconds", stepped.deviationSeconds());
      tree.put("drawnSteps", steps);
    }
    if (gain.hiddenSeconds() > 0 || gain.hiddenSecondsBefore() > 0) {
      tree.put("hiddenSeconds", gain.hiddenSeconds());
      tree.put("hiddenSecondsBefore", gain.hiddenSecondsBefore());
    }
    return tree;
  }
}
