package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.Stream;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
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

  // Each half needs the experts that its own tokens choose, 1 - (1 - f)^(N/2) of each, and reads
  // them, and the shared experts, by itself.
  @Test
  void halves_readTheWeightsEach() {
    for (int seed = 0; seed < 20; seed++) {
      Lcg random = new Lcg(seed);
      SmallCase small =
          SmallCase.random(
              random,
              new Size(new int[][] {{2}, {1}}, 6, 2, 2, 1),
              DispatchRule.EVEN,
              CopyRule.PER_GPU,
              Known.LOADS);
      Problem halved = withOverlap(small.problem());
      double tokens = small.batch().tokens();
      StageModel whole = new StageModel(small.problem(), small.layout(), small.shape());
      StageModel halves = new StageModel(halved, small.layout(), small.shape());
      assertEquals(tokens, whole.batch().tokensAtOnce());
      assertEquals(tokens / 2, halves.batch().tokensAtOnce());

      ExpertTime once = whole.expertLayer(0).gpuTime(0, 1.5, 0.75);
      ExpertTime twice = halves.expertLayer(0).gpuTime(0, 1.5, 0.75);
      assertEquals(once.computeSeconds(), twice.computeSeconds());
      assertEquals(2 * once.fetchSeconds(), twice.fetchSeconds(), 1e-12 * once.fetchSeconds());

      ExpertMap map = small.placement(random);
      int[][] replicas = PlanShapes.replicaGpus(map, 6);
      LayerProblem layer = LayerProblem.of(halved, ProblemRouting.of(halved), halves, 0);
      PlacementTally tally = layer.tallies(map).all().get(0);
      ScenarioLayer routing = small.scenarios().get(0);
      for (int gpu = 0; gpu < small.shape().gpuCount(); gpu++) {
        double active = 0;
        for (int e = 0; e < 6; e++) {
          for (int holder : replicas[e]) {
            double share = routing.frequency(e) / replicas[e].length;
            active += holder == gpu ? 1 - Math.pow(1 - share, tokens / 2) : 0;
          }
        }
        assertEquals(active, tally.activeExperts(gpu), 1e-6);
      }
    }
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
      ExpertLayerModel experts = model.expertLayer(0);
      LayerCost layer = model.moeLayer(0, experts, experts.terms(tally));
      double beside = layer.terms().sum(term -> term.origin() == Term.Origin.LAYER);
      double network = layer.terms().sum(Stream.NETWORK);
      networkBound |= network > layer.terms().sum(Stream.COMPUTE);
      computeBound |= network < layer.terms().sum(Stream.COMPUTE);

      assertEquals(
          layer.seconds(), beside + experts.placementSeconds(tally), 1e-12 * layer.seconds());
    }
    assertTrue(networkBound && computeBound);
  }
}
