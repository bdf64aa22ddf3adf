package dev.rackplan.solver.stages;

import org.optaplanner.core.api.domain.entity.PlanningEntity;
import org.optaplanner.core.api.domain.lookup.PlanningId;
import org.optaplanner.core.api.domain.variable.PlanningVariable;

/** One stage: where its layers begin and which block hosts it. */
@PlanningEntity
public class StageHost {
  @PlanningId private int stage;

  @PlanningVariable(valueRangeProviderRefs = "layers")
  private Integer firstLayer;

  @PlanningVariable(valueRangeProviderRefs = "blocks")
  private Integer block;

  /** For OptaPlanner. */
  public StageHost() {}

  StageHost(int stage, Integer firstLayer, Integer block) {
    this.stage = stage;
    this.firstLayer = firstLayer;
    this.block = block;
  }

  public int getStage() {
    return stage;
  }

  public Integer getFirstLayer() {
    return firstLayer;
  }

  public void setFirstLayer(Integer firstLayer) {
    this.firstLayer = firstLayer;
  }

  public Integer getBlock() {
    return block;
  }

  public void setBlock(Integer block) {
    this.block = block;
  }

  @Override
  public String toString() {
    return "stage " + stage + " from layer " + firstLayer + " on block " + block;
  }
}
