package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.StageRule;
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
    for (int s = 0; s < stages.size(); s++) {
      Stage stage = plan.stages().get(s);
      MemoryUse use = stages.get(s).memory();
      double limit = StageRule.limitBytes(problem, stage);
      double room = limit - use.bytes();
      if (room < leastRoom) {
        leastRoom = room;
        double perToken =
            MemoryUse.growingKvBytesPerToken(
                problem, layout, stage.firstLayer(), stage.lastLayer());
        double sequencesOnGpu =
            layout.microBatches()
                * Math.ceil(layout.sequencesPerMicroBatch() / (double) layout.attentionRanks());
        double perSequence = use.kvBytes() / sequencesOnGpu;
        double free = Math.max(0, room);
        fullest =
            new MemoryFigures(
                limit,
                use.bytes(),
                perToken > 0 && use.training().isEmpty() ? Math.floor(free / perToken) : 0,
                perSequence > 0 ? Math.floor(free / perSequence) : 0);
      }
    }
    return fullest;
  }
}
