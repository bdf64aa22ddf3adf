package dev.rackplan.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.RandomLaws;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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

  private static final List<Size> LIMITED =
      List.of(
          new Size(new int[][] {{2}}, 4, 2, 2, 1),
          new Size(new int[][] {{2}}, 6, 2, 3, 1),
          new Size(new int[][] {{3}}, 4, 1, 2, 1),
          new Size(new int[][] {{2}, {1}}, 4, 2, 2, 1),
          new Size(new int[][] {{1}, {1}}, 6, 3, 3, 1));

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  private static List<LayerTerms> terms(SmallCase small) {
    return LayerBound.terms(
        small.problem(),
        small.layout(),
        small.layerModel(),
        small.shape(),
        small.batch(),
        small.moe(),
        small.scenarios());
  }

  /** Both terms together at these weights of the network: either alone, and mixed. */
  private static void assertBelow(SmallCase small, List<ExpertMap> maps) {
    assertBelow(terms(small), small, maps);
  }

  private static void assertBelow(List<LayerTerms> bounds, SmallCase small, List<ExpertMap> maps) {
    ExpertLayerModel model = small.layerModel();
    List<ScenarioLayer> scenarios = small.scenarios();
    for (ExpertMap map : maps) {
      int[][] replicas = PlanShapes.replicaGpus(map, small.moe().experts());
      List<double[]> found =
          scenarios.stream()
              .map(scenario -> small.tally(scenario, replicas))
              .map(
                  tally ->
                      new double[] {
                        model.expertSeconds(tally),
                        model.exchange().busiestLink(tally).secondsPerByte()
                      })
              .toList();
      for (LayerTerms bound : bounds) {
        for (double weight : new double[] {0, 20, 100, 1000, 1e9}) {
          double least = bound.expertSeconds().value() + weight * bound.secondsPerByte().value();
          double slowest =
              found.stream().mapToDouble(pair -> pair[0] + weight * pair[1]).max().orElseThrow();
          assertTrue(
              least <= slowest * (1 + ROUNDING),
              () -> bound + " at " + weight + ": " + least + " above " + slowest + " of " + map);
        }
      }
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

  // Drawn tokens need not have the loads that they were drawn from, which compute goes by.
  @ParameterizedTest
  @EnumSource(CopyRule.class)
  void bound_isBelowEveryPlacementWhereAGateLimitsGroups(CopyRule copy) {
    for (DispatchRule rule : DispatchRule.values()) {
      Lcg random = new Lcg(331 + 3L * rule.ordinal() + copy.ordinal());
      for (Size size : LIMITED) {
        SmallCase small =
            SmallCase.random(random, size, rule, copy, Known.LOADS).withDrawnTokens(random, size);
        assertBelow(small, small.allPlacements());
      }
    }
  }

  @Test
  void bound_isNearTheBestPlacementWhereLeafUplinksBind() {
    Lcg random = new Lcg(77);
    double ratios = 0;
    int cases = 0;
    for (int i = 0; i < 120; i++) {
      SmallCase small =
          SmallCase.random(
              random,
              new Size(new int[][] {{2}, {2}}, 4, 1, 2, 1),
              DispatchRule.EVEN,
              CopyRule.PER_EXPERT,
              Known.LOADS);
      BusiestLink least =
          small.allPlacements().stream()
              .map(map -> busiest(small, map))
              .min(Comparator.comparingDouble(BusiestLink::secondsPerByte))
              .orElseThrow();
      if (least.kind() == BusiestLink.Kind.UPLINK
          && small.shape().portGroups().uplinks().get(least.index()).kind()
              == LinkKind.LEAF_UPLINK) {
        cases++;
        ratios += terms(small).get(0).secondsPerByte().value() / least.secondsPerByte();
      }
    }
    assertTrue(cases >= 8, cases + " cases");
    assertTrue(ratios / cases > 0.9, ratios / cases + " of the best placement in the mean");
  }

  private static BusiestLink busiest(SmallCase small, ExpertMap map) {
    int[][] replicas = PlanShapes.replicaGpus(map, small.moe().experts());
    return small
        .layerModel()
        .exchange()
        .busiestLink(small.tally(small.scenarios().get(0), replicas));
  }

  @Test
  void bound_takesBothTermsFromOneScenario() {
    // One scenario is slow in experts, the other in the network: no layer takes both.
    Lcg random = new Lcg(5);
    for (int i = 0; i < 40; i++) {
      SmallCase small =
          SmallCase.random(
              random,
              new Size(new int[][] {{1}, {1}}, 4, 2, 3, 3),
              DispatchRule.EVEN,
              CopyRule.PER_DOMAIN,
              Known.TOKENS);
      assertBelow(small, small.allPlacements());
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
        assertBelow(terms(small), slots, maps);
      }
    }
  }

  // Norms below and above 1, equal and mixed GPUs, one scenario and several, a kernel and a tuned
  // choice of two.
  @ParameterizedTest
  @MethodSource("everyRule")
  void bound_isBelowPlacementsUnderRandomLaws(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(177 + 3L * rule.ordinal() + copy.ordinal());
    for (int i = 0; i < 80; i++) {
      Size drawn = Size.random(random);
      Size size =
          new Size(
              drawn.gpusOfNode(),
              drawn.experts(),
              drawn.expertsPerToken(),
              drawn.slotsPerGpu(),
              random.in(1, 3));
      SmallCase plain = SmallCase.random(random, size, rule, copy, known);
      SmallCase gpus = random.coin() ? plain : plain.withMixedGpus(random);
      Problem problem = gpus.problem();
      Engine engine =
          new Engine(
              random.coin() ? "trtllm" : "sglang", rule, copy, problem.engine().twoBatchOverlap());
      SmallCase small = gpus.of(RandomLaws.with(withEngine(problem, engine), random));
      for (SmallCase slots : small.withFewerSlots()) {
        List<ExpertMap> maps = Stream.generate(() -> slots.placement(random)).limit(5).toList();
        assertBelow(slots, maps);
        assertBelow(terms(small), slots, maps);
      }
    }
  }

  private static Problem withEngine(Problem problem, Engine engine) {
    return new Problem(
        problem.name(),
        problem.model(),
        problem.topology(),
        problem.workload(),
        problem.precision(),
        engine,
        problem.layoutSpace(),
        problem.limits(),
        problem.objective());
  }

  // One token a GPU and balanced loads: the bound is what the placement takes, whatever the law.
  @Test
  void boundOfBalancedLayers_isReachedUnderConvexLaws() {
    Lcg random = new Lcg(6);
    int convex = 0;
    for (int i = 0; i < 40; i++) {
      SmallCase plain =
          SmallCase.random(
              random,
              new Size(new int[][] {{2}}, 4, 1, 2, 1),
              DispatchRule.EVEN,
              CopyRule.PER_GPU,
              Known.TOKENS);
      SmallCase small = plain.of(RandomLaws.with(evenTokens(plain.problem()), random));
      if (small.layerModel().gpuTime(0, 1, 1).norm() < 1) {
        continue;
      }
      convex++;
      ExpertMap map = new ExpertMap(new int[] {0, 1, 2, 3}, 2);
      double reached =
          small
              .layerModel()
              .expertSeconds(small.tally(small.scenarios().get(0), PlanShapes.replicaGpus(map, 4)));
      double bound = terms(small).get(0).expertSeconds().value();
      assertEquals(reached, bound, ROUNDING * reached);
    }
    assertTrue(convex >= 10, convex + " convex laws");
  }

  // Each token chooses one of four experts, which are chosen equally often.
  private static Problem evenTokens(Problem problem) {
    LayerRouting even = LayerRouting.ofTokens(4, 1, new int[] {0, 1, 2, 3});
    Scenario scenario = new Scenario("s", List.of(new RoutingProfile("even", 1, List.of(even))));
    return problem.withWorkload(
        problem.workload().withRouting(new Routing(List.of(scenario), List.of())));
  }
}
