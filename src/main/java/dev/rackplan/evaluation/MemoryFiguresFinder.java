package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.cost.memory.WorkingMemory;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.List;

/** Finds the fullest GPU: the one with the least room below its limit. */
final class MemoryFiguresFinder {
  private MemoryFiguresFinder() {}

  static MemoryFigures of(Problem problem, Plan plan, List<CostedStage> stages) {
    Layout layout = plan.layout();
    double leastRoom = Double.POSITIVE_INFINITY;
    MemoryFigures fullest = null;
    MemoryConfidence confidence = MemoryConfidence.of(problem, plan, stages);
    for (int s = 0; s < stages.size(); s++) {
      Stage stage = plan.stages().get(s);
      MemoryUse use = stages.get(s).memory();
      double limit = StageRule.limitBytes(problem, stage);
      double room = limit - use.bytes();
      if (room < leastRoom) {
        leastRoom = room;
        fullest = of(problem, layout, stage, use, limit, confidence);
      }
    }
    return fullest;
  }

  private static MemoryFigures of(
      Problem problem,
      Layout layout,
      Stage stage,
      MemoryUse use,
      double limit,
      MemoryConfidence confidence) {
    double free = Math.max(0, limit - use.bytes()) / WorkingMemory.kvShareOfUse(problem);
    double perToken =
        MemoryUse.growingKvBytesPerToken(problem, layout, stage.firstLayer(), stage.lastLayer());
    boolean grows = perToken > 0 && use.training().isEmpty();
    double sequences = MemoryUse.residentSequences(problem, layout);
    double perSequence = use.kvBytes() / sequences;
    double headroom = grows ? Math.floor(free / perToken) : 0;
    return new MemoryFigures(
        limit,
        use.bytes(),
        headroom,
        perSequence > 0 ? Math.floor(free / perSequence) : 0,
        grows ? headroom + Math.floor(sequences * MemoryUse.heldTokens(problem, layout)) : 0,
        confidence,
        problem.engine().memory().rule(),
        use.working().share(problem, limit - use.bytes() + use.weightBytes() + use.kvBytes()));
  }
}
