package dev.rackplan.replan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows to come, by which maps are judged. */
class NextWindowsTest {
  private static final int EXPERTS = 8;

  @Test
  void windowsThatWeighAlike_areTheOnesToCome() {
    Lcg random = new Lcg(12);
    SmallCase small =
        SmallCase.random(
            random,
            new Size(new int[][] {{2}, {2}}, EXPERTS, 3, 2, 1),
            DispatchRule.EVEN,
            CopyRule.PER_DOMAIN,
            Known.LOADS);
    Routing routing = small.problem().workload().routing();
    LayerProblem planned =
        LayerProblem.of(
            0,
            small.shape(),
            small.layerModel(),
            small.scenarios(),
            small.problem().engine(),
            routing);
    List<LayerRouting> windows = new ArrayList<>();
    for (int window = 0; window < 3; window++) {
      double[] loads = new double[EXPERTS];
      for (int e = 0; e < EXPERTS; e++) {
        loads[e] = random.between(1, 9);
      }
      windows.add(LayerRouting.ofLoads(loads, small.moe().expertsPerToken()));
    }
    ExpertMap map = small.placement(random);
    double mean = 0;
    for (LayerRouting window : windows) {
      RoutingProfile profile = new RoutingProfile("window", 1, List.of(window));
      ScenarioLayer alone = new ScenarioLayer(new Scenario("window", List.of(profile)), 0);
      mean +=
          small
                  .layerModel()
                  .placementSeconds(
                      small
                          .tallies(List.of(alone), PlanShapes.replicaGpus(map, EXPERTS))
                          .all()
                          .get(0))
              / windows.size();
    }
    assertEquals(mean, NextWindows.of(planned, windows, 1, 5).seconds(map), 1e-9 * mean);
    assertNotEquals(mean, NextWindows.of(planned, windows, 0.5, 5).seconds(map), 1e-6 * mean);
  }
}
