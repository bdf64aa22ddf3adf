package dev.rackplan.solver.experts;

import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.plan.ExpertMap;
import java.util.List;

/**
 * A placement with what it is worth.
 *
 * @param map without second copies on a GPU
 * @param seconds what it is judged by in s, {@link LayerProblem#seconds(List)}
 * @param objective what the search minimises in ps
 */
record ScoredMap(ExpertMap map, double seconds, long objective) {
  static ScoredMap of(LayerProblem problem, ExpertMap map) {
    List<PlacementTally> tallies = problem.tallies(map).all();
    return new ScoredMap(map, problem.seconds(tallies), problem.objectivePicoseconds(tallies));
  }

  /** The one with less time; this one on a tie. */
  ScoredMap orBetter(ScoredMap other) {
    return other.seconds < seconds ? other : this;
  }
}
