package dev.rackplan.solver.stages;

import java.util.List;
import java.util.stream.IntStream;
import org.optaplanner.core.api.domain.solution.PlanningEntityCollectionProperty;
import org.optaplanner.core.api.domain.solution.PlanningScore;
import org.optaplanner.core.api.domain.solution.PlanningSolution;
import org.optaplanner.core.api.domain.valuerange.ValueRangeProvider;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;

/** All stages of one instance. */
@PlanningSolution(solutionCloner = StageCloner.class)
public class StageSolution {
  private StageCosts costs;
  private List<Integer> layers;
  private List<Integer> blocks;
  private List<StageHost> stages;
  private HardSoftLongScore score;

  /** For OptaPlanner. */
  public StageSolution() {}

  StageSolution(StageCosts costs, List<StageHost> stages) {
    this.costs = costs;
    this.stages = stages;
    this.layers = IntStream.range(0, costs.layers()).boxed().toList();
    this.blocks = IntStream.range(0, costs.blocks()).boxed().toList();
  }

  public StageCosts getCosts() {
    return costs;
  }

  @ValueRangeProvider(id = "layers")
  public List<Integer> getLayers() {
    return layers;
  }

  @ValueRangeProvider(id = "blocks")
  public List<Integer> getBlocks() {
    return blocks;
  }

  @PlanningEntityCollectionProperty
  public List<StageHost> getStages() {
    return stages;
  }

  @PlanningScore
  public HardSoftLongScore getScore() {
    return score;
  }

  public void setScore(HardSoftLongScore score) {
    this.score = score;
  }

  StageAssignment assignment() {
    return new StageAssignment(
        stages.stream().map(StageHost::getFirstLayer).toList(),
        stages.stream().map(StageHost::getBlock).toList());
  }
}
