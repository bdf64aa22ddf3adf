package dev.rackplan.solver.stages;

import java.util.ArrayList;
import java.util.List;
import org.optaplanner.core.api.domain.solution.cloner.SolutionCloner;

/** Copies stages, shares the costs. */
public class StageCloner implements SolutionCloner<StageSolution> {
  @Override
  public StageSolution cloneSolution(StageSolution original) {
    List<StageHost> stages = new ArrayList<>();
    for (StageHost stage : original.getStages()) {
      stages.add(new StageHost(stage.getStage(), stage.getFirstLayer(), stage.getBlock()));
    }
    StageSolution clone = new StageSolution(original.getCosts(), stages);
    clone.setScore(original.getScore());
    return clone;
  }
}
