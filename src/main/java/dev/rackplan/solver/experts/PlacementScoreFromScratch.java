package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlanShapes;
import dev.rackplan.plan.ExpertMap;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import org.optaplanner.core.api.score.calculator.EasyScoreCalculator;

/**
 * The same score by the pure cost model alone: what assertion modes hold {@link
 * PlacementScoreCalculator} against.
 */
public class PlacementScoreFromScratch
    implements EasyScoreCalculator<PlacementSolution, HardSoftLongScore> {
  @Override
  public HardSoftLongScore calculateScore(PlacementSolution solution) {
    LayerProblem problem = solution.getProblem();
    int[] slots = solution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    int gpus = problem.shape().gpuCount();
    ExpertMap map = new ExpertMap(slots, gpus);
    int[][] replicas = PlanShapes.replicaGpus(map, problem.experts());
    long objective = problem.objectivePicoseconds(problem.tallies(replicas));
    return HardSoftLongScore.of(
        -PlacementScoreCalculator.structureErrors(slots, problem.experts(), map.dealt()),
        -objective);
  }
}
