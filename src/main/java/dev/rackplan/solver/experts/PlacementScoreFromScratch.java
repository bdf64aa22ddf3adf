package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import org.optaplanner.core.api.score.calculator.EasyScoreCalculator;

/** The pure cost model as a score: what {@link PlacementScoreCalculator} is asserted against. */
public class PlacementScoreFromScratch
    implements EasyScoreCalculator<PlacementSolution, HardSoftLongScore> {
  @Override
  public HardSoftLongScore calculateScore(PlacementSolution solution) {
    LayerProblem problem = solution.getProblem();
    int[] slots = solution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    int gpus = problem.shape().gpuCount();
    ExpertMap map = new ExpertMap(slots, gpus);
    long objective = problem.objectivePicoseconds(problem.tallies(map).all());
    return HardSoftLongScore.of(-structureErrors(map, problem.experts()), -objective);
  }

  /** Experts without a slot, plus second copies of an expert on one GPU. */
  static int structureErrors(ExpertMap map, int experts) {
    boolean[] placed = new boolean[experts];
    int errors = 0;
    for (int slot = 0; slot < map.slots(); slot++) {
      placed[map.expert(slot)] = true;
      for (int other = slot - 1;
          other >= 0 && map.gpuOfSlot(other) == map.gpuOfSlot(slot);
          other--) {
        if (map.expert(other) == map.expert(slot)) {
          errors++;
          break;
        }
      }
    }
    for (boolean present : placed) {
      errors += present ? 0 : 1;
    }
    return errors;
  }
}
