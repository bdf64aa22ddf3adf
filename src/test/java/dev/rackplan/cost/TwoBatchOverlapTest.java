package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import org.junit.jupiter.api.Test;

/** With two-batch overlap the search must judge placements as the layer's time does. */
class TwoBatchOverlapTest {
  private static Problem withOverlap(Problem problem) {
    Engine engine = problem.engine();
    return new Problem(
        problem.name(),
        problem.model(),
        problem.topology(),
        problem.workload(),
        problem.precision(),
        new Engine(engine.name(), engine.dispatchRule(), engine.copyRule(), true),
        problem.layoutSpace(),
        problem.limits(),
        problem.objective());
  }

  @Test
  void placementSeconds_areTheLayersTimeWithoutAttention() {
    boolean networkBound = false;
    boolean computeBound = false;
    for (int seed = 0; seed < 40; seed++) {
      Lcg random = new Lcg(seed);
      SmallCase small =
          SmallCase.random(
              random,
              new Size(new int[][] {{2}, {2}}, 6, 2, 2, 1),
              DispatchRule.NEAREST,
              CopyRule.PER_GPU,
              Known.LOADS);
      StageModel model =
          new StageModel(withOverlap(small.problem()), small.layout(), small.shape());
      PlacementTally tally =
          small.tally(small.scenarios().get(0), PlanShapes.replicaGpus(small.placement(random), 6));
      LayerCost layer = model.moeLayer(0, tally);
      double attention = layer.attention().seconds() + layer.tensorParallelSeconds();
      double network = layer.dispatchSeconds() + layer.combineSeconds();
      networkBound |= network > attention + layer.ffn().seconds();
      computeBound |= network < attention + layer.ffn().seconds();

      assertEquals(
          layer.seconds(),
          attention + model.expertLayer(0).placementSeconds(tally),
          1e-12 * layer.seconds());
    }
    assertTrue(networkBound && computeBound);
  }
}
