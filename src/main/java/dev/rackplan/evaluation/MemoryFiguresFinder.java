package dev.rackplan.evaluation;

import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.StageCost;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.List;

/** Finds the fullest GPU: the one with the least room below its limit. */
final class MemoryFiguresFinder {
  private MemoryFiguresFinder() {}

  static MemoryFigures of(Problem problem, Plan plan, List<StageCost> stages) {
    Layout layout = plan.layout();
    double leastRoom = Double.POSITIVE_INFINITY;
    MemoryFigures fullest = null;
    for (int s = 0; s < stages.size(); s++) {
      Stage stage = plan.stages().get(s);
      MemoryUse use = stages.get(s).memory();
      double limit = limitBytes(problem, stage);
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

  /** Usable bytes of the smallest GPU of a stage. */
  static double limitBytes(Problem problem, Stage stage) {
    double least = Double.POSITIVE_INFINITY;
    for (int gpu : stage.gpus()) {
      least = Math.min(least, problem.topology().gpus().get(gpu).spec().hbmBytes());
    }
    return problem.limits().usableBytes(least);
  }
}
