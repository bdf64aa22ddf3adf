package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a plan breaks, in words with figures. */
public final class Violations {
  private Violations() {}

  /** All of them; empty where it keeps everything. */
  public static List<String> of(Problem problem, CostedPlan costed) {
    List<String> violations = new ArrayList<>(StageRule.faults(problem, costed.plan()));
    EngineGround.fault(problem.topology(), costed.plan()).ifPresent(violations::add);
    LayoutRule.firstFault(problem, costed.plan().layout()).ifPresent(violations::add);
    new EngineStart(problem).fault(costed.plan().layout()).ifPresent(violations::add);
    StepLimit.fault(problem, costed.stepSeconds()).ifPresent(violations::add);
    long held = costed.plan().layout().concurrentSequences();
    long asked = problem.workload().concurrentSequences().orElse(0);
    // In training the rule of the global batch says so.
    if (held < asked && problem.workload().training().isEmpty()) {
      violations.add(
          String.format(
              Locale.ROOT,
              "concurrency: holds %d sequences, asked for %d: %d too few",
              held,
              asked,
              asked - held));
    }
    return violations;
  }
}
