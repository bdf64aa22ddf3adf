package dev.rackplan.bound;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The two terms of the layer bound, each against every placement of tiny layers and random
 * placements of small ones.
 */
class LayerBoundTest {
  private static final double ROUNDING = 1e-9;
  private static final List<Size> TINY =
      List.of(
          new Size(new int[][] {{2}, {1}}, 6, 2, 2, 1),
          new Size(new int[][] {{2}, {2}}, 4, 1, 1, 1),
          new Size(new int[][] {{1}, {1}}, 4, 1, 2, 1),
          new Size(new int[][] {{2}}, 4, 3, 2, 1),
          new Size(new int[][] {{1, 1}, {1}}, 5, 3, 2, 2),
          new Size(new int[][] {{2}, {1, 1}}, 4, 2, 2, 2));

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  private static double boundOfExperts(SmallCase small) {
    return LayerBound.expertSeconds(
        small.problem(),
        small.layout(),
        small.shape(),
        small.batch(),
        small.moe(),
        small.scenarios());
  }

  private static double boundPerByte(SmallCase small) {
    return LayerBound.secondsPerByte(
        small.problem(),
        small.layout(),
        small.shape(),
        small.batch(),
        small.moe(),
        small.scenarios());
  }

  private static void assertBelow(SmallCase small, List<ExpertMap> maps) {
    double experts = boundOfExperts(small);
    double perByte = boundPerByte(small);
    ExpertLayerModel model = small.layerModel();
    List<ScenarioLayer> scenarios = small.scenarios();
    for (ExpertMap map : maps) {
      int[][] replicas = PlanShapes.replicaGpus(map, small.moe().experts());
      double expertSeconds = 0;
      double secondsPerByte = 0;
      for (ScenarioLayer scenario : scenarios) {
        PlacementTally tally = small.tally(scenario, replicas);
        expertSeconds = Math.max(expertSeconds, model.expertSeconds(tally));
        secondsPerByte = Math.max(secondsPerByte, model.busiestLink(tally).secondsPerByte());
      }
      assertTrue(
          experts <= expertSeconds * (1 + ROUNDING),
          experts + " s bounds experts, found " + expertSeconds + " with " + map);
      assertTrue(
          perByte <= secondsPerByte * (1 + ROUNDING),
          perByte
              + " s/B bounds the network, found "
              + secondsPerByte
              + " with "
              + map
              + " k "
              + small.moe().expertsPerToken());
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void bound_isBelowEveryPlacementOfTinyLayers(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(31 + 3L * rule.ordinal() + copy.ordinal());
    for (Size size : TINY) {
      for (int repeat = 0; repeat < 4; repeat++) {
        SmallCase small = SmallCase.random(random, size, rule, copy, known);
        for (SmallCase slots : small.withFewerSlots()) {
          List<ExpertMap> all = slots.allPlacements();
          assertTrue(all.size() > 1);
          assertBelow(slots, all);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void bound_isBelowRandomPlacementsOfSmallLayers(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(77 + 3L * rule.ordinal() + copy.ordinal());
    for (int i = 0; i < 60; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      for (SmallCase slots : small.withFewerSlots()) {
        List<ExpertMap> maps = Stream.generate(() -> slots.placement(random)).limit(5).toList();
        assertBelow(slots, maps);
        // The bound of more slots holds for fewer, as plans with uneven redundancy need.
        assertTrue(boundOfExperts(small) <= boundOfExperts(slots) * (1 + ROUNDING));
        assertTrue(boundPerByte(small) <= boundPerByte(slots) * (1 + ROUNDING));
      }
    }
  }
}
