package dev.rackplan.solver.experts;

import java.util.List;
import org.optaplanner.core.api.domain.solution.PlanningEntityCollectionProperty;
import org.optaplanner.core.api.domain.solution.PlanningScore;
import org.optaplanner.core.api.domain.solution.PlanningSolution;
import org.optaplanner.core.api.domain.valuerange.ValueRangeProvider;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;

/**
 * One layer's slots. Problem and budget are shared by all clones of one search; live counts are
 * each clone's own.
 */
@PlanningSolution(solutionCloner = PlacementCloner.class)
public class PlacementSolution {
  private LayerProblem problem;
  private Cooling cooling;
  private SearchState state;
  private Partners partners;
  private List<Integer> experts;
  private List<ExpertSlot> slots;
  private HardSoftLongScore score;

  /** For OptaPlanner. */
  public PlacementSolution() {}

  PlacementSolution(
      LayerProblem problem,
      Cooling cooling,
      SearchState state,
      Partners partners,
      List<Integer> experts,
      List<ExpertSlot> slots) {
    this.problem = problem;
    this.cooling = cooling;
    this.state = state;
    this.partners = partners;
    this.experts = experts;
    this.slots = slots;
  }

  public LayerProblem getProblem() {
    return problem;
  }

  Cooling getCooling() {
    return cooling;
  }

  SearchState getState() {
    return state;
  }

  Partners getPartners() {
    return partners;
  }

  @ValueRangeProvider(id = "experts")
  public List<Integer> getExperts() {
    return experts;
  }

  @PlanningEntityCollectionProperty
  public List<ExpertSlot> getSlots() {
    return slots;
  }

  @PlanningScore
  public HardSoftLongScore getScore() {
    return score;
  }

  public void setScore(HardSoftLongScore score) {
    this.score = score;
  }
}
