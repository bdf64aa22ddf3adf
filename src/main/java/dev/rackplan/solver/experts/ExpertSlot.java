package dev.rackplan.solver.experts;

import org.optaplanner.core.api.domain.entity.PlanningEntity;
import org.optaplanner.core.api.domain.lookup.PlanningId;
import org.optaplanner.core.api.domain.variable.PlanningVariable;

/** One slot of one GPU. */
@PlanningEntity
public class ExpertSlot {
  @PlanningId private int index;
  private int gpu;

  @PlanningVariable(valueRangeProviderRefs = "experts")
  private Integer expert;

  /** For OptaPlanner. */
  public ExpertSlot() {}

  ExpertSlot(int index, int gpu, Integer expert) {
    this.index = index;
    this.gpu = gpu;
    this.expert = expert;
  }

  public int getIndex() {
    return index;
  }

  /** Position of the GPU in the stage. */
  public int getGpu() {
    return gpu;
  }

  public Integer getExpert() {
    return expert;
  }

  public void setExpert(Integer expert) {
    this.expert = expert;
  }

  @Override
  public String toString() {
    return "slot " + index + " on GPU " + gpu + ": expert " + expert;
  }
}
