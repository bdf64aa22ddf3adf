package dev.rackplan.solver.experts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a sample that is planned for whole is taken to tell, on two GPUs with two experts each. */
class PlacementTimeTest {
  private static final double RELATIVE = 1e-12;

  // Experts 0 and 1 are chosen together by half of the tokens, then 2 and 3 by the others.
  private static final ExpertMap TOGETHER = new ExpertMap(new int[] {0, 1, 2, 3}, 2);
  private static final ExpertMap APART = new ExpertMap(new int[] {0, 2, 1, 3}, 2);

  private static LayerProblem problem(double caution) {
    return problem(1, caution);
  }

  static LayerProblem problem(int windows, double caution) {
    SmallCase small =
        SmallCase.random(
                new Lcg(3),
                new Size(new int[][] {{2}}, 4, 2, 2, 1),
                DispatchRule.EVEN,
                CopyRule.PER_EXPERT,
                Known.TOKENS)
            .withSequences(20_000);
    int[] choices = new int[64];
    for (int token = 0; token < 32; token++) {
      int first = token < 16 ? 0 : 2;
      choices[2 * token] = first;
      choices[2 * token + 1] = first + 1;
    }
    Scenario scenario =
        new Scenario(
            "halves",
            List.of(
                new RoutingProfile("halves", 1, List.of(LayerRouting.ofTokens(4, 2, choices)))));
    return LayerProblem.of(
        0,
        small.shape(),
        small.layerModel(),
        List.of(new ScenarioLayer(scenario, 0)),
        small.problem().engine(),
        new Routing(List.of(), List.of(), windows, caution));
  }

  @Test
  void withoutCaution_theSampleIsTheTraffic() {
    LayerProblem problem = problem(0);

    assertEquals(problem.seconds(APART), problem.seconds(TOGETHER));
    PlacementTally tally = problem.tallies(TOGETHER).all().get(0);
    assertEquals(problem.model().placementSeconds(tally), problem.seconds(TOGETHER));
  }

  @Test
  void withCaution_loadThatMovesWithinTheSampleCosts() {
    LayerProblem problem = problem(1);
    ExpertLayerModel model = problem.model();

    assertTrue(problem.seconds(APART) < problem.seconds(TOGETHER));

    // Each of 16 sections has load 2 on one GPU and 0 on the other: squares of 1 from the mean, so
    // a deviation of √(16/15 · 2/16).
    PlacementTally together = problem.tallies(TOGETHER).all().get(0);
    double deviation = Math.sqrt(16.0 / 15 * 2 / 16);
    assertEquals(deviation, together.loadDeviation(0), RELATIVE);
    assertEquals(deviation, together.loadDeviation(1), RELATIVE);
    assertEquals(0, problem.tallies(APART).all().get(0).loadDeviation(1), RELATIVE);

    // Both GPUs compute load 1, and are taken to compute 1 + deviation; the 32-norm of two equal
    // times is 2^(1/32) of them.
    double mean = model.gpuTime(0, 1, 2).seconds();
    double slowest = model.gpuTime(0, 1 + deviation, 2).seconds() * Math.pow(2, 1 / 32.0);
    assertTrue(slowest > mean);
    double experts = mean + (slowest - mean) / 2;
    double links = model.placementSeconds(together) - model.expertSeconds(together);
    double expected = links + experts;
    assertEquals(expected, problem.seconds(TOGETHER), RELATIVE * expected);
  }

  @Test
  void inWindows_theSlowestOfEachCounts() {
    LayerProblem problem = problem(2, 0.5);
    ExpertLayerModel model = problem.model();

    // In each of the two windows one GPU has load 2 and the other none; in the mean both have 1.
    double mean = model.gpuTime(0, 1, 2).seconds();
    double slope = (model.gpuTime(0, 1.5, 2).seconds() - mean) / 0.5;
    assertTrue(slope > 0);
    double norm =
        Math.pow(Math.pow(mean + slope, 8) + Math.pow(Math.max(0, mean - slope), 8), 1 / 8.0);
    PlacementTally together = problem.tallies(TOGETHER).all().get(0);
    double links = model.placementSeconds(together) - model.expertSeconds(together);
    double inWindows = links + mean + (norm - mean) / 2;
    // A tenth of what counts is the sample as a whole, half of it where a search comes closer.
    double whole = model.placementSeconds(together);
    double expected = 0.9 * inWindows + 0.1 * whole;
    assertEquals(expected, problem.seconds(TOGETHER), 1e-6 * expected);
    assertTrue(problem.seconds(APART) < problem.seconds(TOGETHER));
    double closer = (inWindows + whole) / 2;
    assertEquals(closer, problem.closer().orElseThrow().seconds(TOGETHER), 1e-6 * closer);
  }

  @Test
  void withoutWindows_thereIsNothingToComeCloserTo() {
    assertTrue(problem(0.5).closer().isEmpty());
  }

  @Test
  void moreCaution_makesLessOfTheSample() {
    double before = 0;
    for (double caution : new double[] {0.25, 0.5, 1, 2, 4}) {
      LayerProblem problem = problem(caution);
      double lead = problem.seconds(TOGETHER) / problem.seconds(APART);
      assertTrue(lead > before, "caution " + caution);
      before = lead;
    }
  }
}
