package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.SlowLayerCost;
import dev.rackplan.cost.SlowLayerCost.Senders;
import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The tally and the layer model against {@link SlowLayerCost}, on random layers. */
class PlacementTallyTest {
  private static final int CASES = 40;
  // Counts are rounded to 2^-40 once for each expert and token.
  private static final double ROUNDING = 1e-9;

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  private interface Check {
    void check(SmallCase small, ScenarioLayer scenario, int[][] replicas, PlacementTally tally);
  }

  private static void forRandomLayers(
      DispatchRule rule, CopyRule copy, Known known, boolean oneReplica, Check check) {
    Lcg random = new Lcg(100 * rule.ordinal() + 10 * copy.ordinal() + known.ordinal());
    for (int i = 0; i < CASES; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ExpertMap map = small.placement(random);
      int[][] replicas = PlanShapes.replicaGpus(map, small.moe().experts());
      for (int e = 0; oneReplica && e < replicas.length; e++) {
        replicas[e] = new int[] {replicas[e][random.below(replicas[e].length)]};
      }
      ScenarioLayer scenario = small.scenarios().get(0);
      check.check(small, scenario, replicas, small.tally(scenario, replicas));
    }
  }

  private static void assertSameCopies(SlowLayerCost slow, PlacementTally tally, CopyRule copy) {
    StageShape shape = tally.shape();
    for (int q = 0; q < shape.gpuCount(); q++) {
      double[] fromHome = new double[shape.domainCount()];
      for (int s = 0; s < shape.gpuCount(); s++) {
        boolean own = shape.domainOf(s) == shape.domainOf(q);
        double senders = shape.domainSize(shape.domainOf(s)) - (own ? 1 : 0);
        fromHome[shape.domainOf(s)] += s == q ? 0 : slow.copiesToGpu(s, q) / senders;
      }
      for (int home = 0; home < shape.domainCount(); home++) {
        boolean own = home == shape.domainOf(q);
        if (!own) {
          assertEquals(fromHome[home], tally.copiesFromOtherDomain(home, q), ROUNDING);
        } else if (shape.domainSize(home) > 1) {
          assertEquals(fromHome[home], tally.copiesFromOwnDomain(q), ROUNDING);
        }
      }
    }
    for (int s = 0; s < shape.gpuCount() && copy == CopyRule.PER_DOMAIN; s++) {
      for (int domain = 0; domain < shape.domainCount(); domain++) {
        double mean = 0;
        for (int other = 0; other < shape.gpuCount(); other++) {
          if (shape.domainOf(other) == shape.domainOf(s)) {
            mean += slow.copiesToDomain(other, domain) / shape.domainSize(shape.domainOf(s));
          }
        }
        if (domain != shape.domainOf(s)) {
          assertEquals(mean, tally.copiesToDomain(shape.domainOf(s), domain), ROUNDING);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void loadsAndActiveExperts_areExactUnderEveryRule(DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        false,
        (small, scenario, replicas, tally) -> {
          SlowLayerCost slow = new SlowLayerCost(small, scenario, replicas, Senders.EACH);
          double sum = 0;
          for (int g = 0; g < tally.shape().gpuCount(); g++) {
            assertEquals(slow.load(g), tally.load(g), ROUNDING);
            assertEquals(slow.activeExperts(g), tally.activeExperts(g), ROUNDING);
            sum += tally.load(g);
          }
          assertEquals(small.moe().expertsPerToken(), sum, ROUNDING);
        });
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void copies_areExactWhereEachExpertHasOneReplica(DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        true,
        (small, scenario, replicas, tally) ->
            assertSameCopies(
                new SlowLayerCost(small, scenario, replicas, Senders.EACH), tally, copy));
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void copies_followTheDocumentedSenders(DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        false,
        (small, scenario, replicas, tally) ->
            assertSameCopies(
                new SlowLayerCost(small, scenario, replicas, Senders.of(rule)), tally, copy));
  }

  static Stream<Arguments> everyRuleThatIsExactWithReplicas() {
    return everyRule()
        .filter(
            rules ->
                rules.get()[0] != DispatchRule.NEAREST || rules.get()[1] == CopyRule.PER_EXPERT);
  }

  @ParameterizedTest
  @MethodSource("everyRuleThatIsExactWithReplicas")
  void copies_areExactWhereSendersAreAlikeOrCertainOrChoicesCountedSingly(
      DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        false,
        (small, scenario, replicas, tally) ->
            assertSameCopies(
                new SlowLayerCost(small, scenario, replicas, Senders.EACH), tally, copy));
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void layerSeconds_areTheSlowModels(DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        false,
        (small, scenario, replicas, tally) -> {
          SlowLayerCost slow = new SlowLayerCost(small, scenario, replicas, Senders.of(rule));
          ExpertLayerModel model = small.layerModel();
          double perByte = model.exchange().busiestLink(tally).secondsPerByte();
          assertEquals(slow.secondsPerByte(), perByte, ROUNDING * perByte);
          double seconds = model.placementSeconds(tally);
          assertEquals(slow.placementSeconds(small), seconds, ROUNDING * seconds);
          assertTrue(seconds > 0);
        });
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void busiestLink_ofDrawnTokens_isThatOfAllLinks(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(17 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < CASES; i++) {
      Size size = new Size(new int[][] {{2, 1}, {2}, {1, 1}}, 12, 3, 3, 1);
      SmallCase small =
          SmallCase.random(random, size, rule, copy, known).withDrawnTokens(random, size);
      ScenarioLayer scenario = small.scenarios().get(0);
      int[][] replicas = PlanShapes.replicaGpus(small.placement(random), small.moe().experts());
      PlacementTally tally = small.tallies(List.of(scenario), replicas).all().get(0);
      ExpertLayerModel model = small.layerModel();
      double most = 0;
      for (BusiestLink link : model.exchange().links().all(tally)) {
        most = Math.max(most, link.secondsPerByte());
      }
      assertEquals(most, model.exchange().busiestLink(tally).secondsPerByte());
      for (int g = 0; g < tally.shape().gpuCount(); g++) {
        double received =
            model.exchange().receivedBytes(tally, g)
                / model.exchange().bytesPerCopy()
                / model.tokens();
        assertTrue(
            model.exchange().bytesPerCopy() == 0 || received <= tally.mostCopies(g) + ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void updates_moveByMoveAndUndone_equalAFreshCount(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(7 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < CASES; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ScenarioLayer scenario = small.scenarios().get(0);
      int experts = small.moe().experts();
      int[][] from = PlanShapes.replicaGpus(small.placement(random), experts);
      int[][] to = PlanShapes.replicaGpus(small.placement(random), experts);
      PlacementTallies tallies = small.tallies(List.of(scenario), from);
      PlacementTally tally = tallies.all().get(0);
      for (int e : random.order(experts)) {
        tallies.save();
        tallies.update(new int[] {e}, new int[][] {from[(e + 1) % experts]});
        // Asking counts what is counted on demand: going back must bring the old count back.
        tally.copiesFromOwnDomain(from[e][0]);
        tally.loadDeviation(from[e][0]);
        tallies.restore();
        tallies.update(new int[] {e}, new int[][] {to[e]});
      }
      assertIdentical(small.tally(scenario, to), tally);
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void loadDeviation_isThatOfTheTokens_whereEachIsASectionOfItsOwn(
      DispatchRule rule, CopyRule copy, Known known) {
    forRandomLayers(
        rule,
        copy,
        known,
        false,
        (small, scenario, replicas, tally) -> {
          int tokens = scenario.tokens();
          double weight = known == Known.BOTH ? 0.3 : 1;
          for (int g = 0; g < small.shape().gpuCount(); g++) {
            double sum = 0;
            double squares = 0;
            for (int t = 0; t < tokens; t++) {
              double load = 0;
              for (int j = 0; j < scenario.expertsPerToken(); j++) {
                int[] gpus = replicas[scenario.choice(t, j)];
                ReplicaShares shares = ReplicaShares.of(rule, small.shape(), gpus);
                for (int i = 0; i < shares.gpuCount(); i++) {
                  load += shares.gpu(i) == g ? weight * shares.totalShare(i) : 0;
                }
              }
              sum += load;
              squares += load * load;
            }
            double variance =
                tokens == 0 ? 0 : (squares - sum * sum / tokens) / (tokens - 1) * 2 / tokens;
            assertEquals(Math.sqrt(Math.max(0, variance)), tally.loadDeviation(g), 1e-7);
          }
        });
  }

  private static void assertIdentical(PlacementTally fresh, PlacementTally moved) {
    StageShape shape = fresh.shape();
    for (int g = 0; g < shape.gpuCount(); g++) {
      assertEquals(fresh.load(g), moved.load(g));
      assertEquals(fresh.activeExperts(g), moved.activeExperts(g));
      assertEquals(fresh.loadDeviation(g), moved.loadDeviation(g));
      assertEquals(fresh.copiesFromOwnDomain(g), moved.copiesFromOwnDomain(g));
      for (int home = 0; home < shape.domainCount(); home++) {
        assertEquals(fresh.copiesFromOtherDomain(home, g), moved.copiesFromOtherDomain(home, g));
      }
    }
    for (int home : List.of(0, shape.domainCount() - 1)) {
      assertEquals(fresh.copiesToDomain(home, 0), moved.copiesToDomain(home, 0));
    }
  }
}
