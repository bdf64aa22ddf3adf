package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for any layer on any stage. */
class LayerInvariantsTest {
  private static final double ROUNDING = 1e-9;

  // The excess of the slowest is that of GPUs with equal means: from one sequence to two it may
  // fall by more than the time of uneven GPUs rises. With fewer sequences than GPUs each sender has
  // one, so that transfers take as long.
  private static final double FALLING_EXCESS = 0.04;

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  private static Topology withLinks(
      Topology topology, double scaleUp, double nic, double uplink, double oversubscription) {
    List<Domain> domains =
        topology.domains().stream()
            .map(
                d ->
                    new Domain(
                        d.index(), d.name(), d.rack(), faster(d.scaleUp(), scaleUp), d.gpus()))
            .toList();
    ScaleOut old = topology.scaleOut();
    OptionalDouble lines =
        old.domainUplinkBytesPerSecond().stream().map(rate -> rate * uplink).findFirst();
    ScaleOut scaleOut =
        new ScaleOut(
            faster(old.nic(), nic),
            lines,
            old.racksPerLeaf(),
            Math.max(1, old.oversubscription() / oversubscription));
    return new Topology(
        topology.name(), topology.racks(), domains, topology.nodes(), topology.gpus(), scaleOut);
  }

  private static LinkSpec faster(LinkSpec link, double factor) {
    return new LinkSpec(
        link.bandwidthBytesPerSecond() * factor, link.latencySeconds() / factor, link.efficiency());
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void fasterLinks_neverCostMore(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    int gained = 0;
    for (int i = 0; i < 30; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ExpertMap map = small.placement(random);
      double before = small.placementSeconds(map);
      for (double[] factors :
          new double[][] {{3, 1, 1, 1}, {1, 3, 1, 1}, {1, 1, 3, 1}, {1, 1, 1, 3}}) {
        Topology faster =
            withLinks(small.problem().topology(), factors[0], factors[1], factors[2], factors[3]);
        double after = small.on(faster).placementSeconds(map);
        assertTrue(
            after <= before * (1 + ROUNDING),
            after + " s with faster links, " + before + " s before");
        gained += after < before ? 1 : 0;
      }
    }
    assertTrue(gained > 0);
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void fewerTokens_neverCostMore(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(20 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 30; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ExpertMap map = small.placement(random);
      double previous = 0;
      for (int sequences : new int[] {1, 2, 5, 17, 60, 1000}) {
        double seconds = small.withSequences(sequences).placementSeconds(map);
        assertTrue(
            seconds > previous * (1 - FALLING_EXCESS),
            sequences + " sequences take " + seconds + " s, fewer took " + previous);
        previous = seconds;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void renamedExperts_costTheSame(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(40 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 30; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ScenarioLayer routing = small.scenarios().get(0);
      int[][] replicas = PlanShapes.replicaGpus(small.placement(random), small.moe().experts());
      int[] names = random.order(replicas.length);
      int[][] renamed = new int[replicas.length][];
      for (int e = 0; e < names.length; e++) {
        renamed[names[e]] = replicas[e];
      }
      double seconds = small.layerModel().placementSeconds(small.tally(routing, replicas));
      Scenario other = renamed(small.problem().workload().routing().scenarios().get(0), names);
      double again =
          small.layerModel().placementSeconds(small.tally(new ScenarioLayer(other, 0), renamed));
      assertEquals(seconds, again, ROUNDING * seconds);
    }
  }

  private static Scenario renamed(Scenario scenario, int[] names) {
    return new Scenario(
        scenario.name(),
        scenario.profiles().stream()
            .map(
                profile ->
                    new RoutingProfile(
                        profile.name(),
                        profile.weight(),
                        List.of(renamed(profile.layers().get(0), names))))
            .toList());
  }

  private static LayerRouting renamed(LayerRouting routing, int[] names) {
    int k = routing.expertsPerToken();
    if (routing.tokens() > 0) {
      return LayerRouting.ofTokens(
          names.length,
          k,
          IntStream.range(0, routing.tokens() * k)
              .map(i -> names[routing.choice(i / k, i % k)])
              .toArray());
    }
    double[] loads = new double[names.length];
    for (int e = 0; e < names.length; e++) {
      loads[names[e]] = routing.frequency(e);
    }
    return LayerRouting.ofLoads(loads, k);
  }

  // Replica = rank mod replicas hangs on the ranks themselves.
  static Stream<Arguments> everyRuleThatIgnoresRanks() {
    return everyRule().filter(rules -> rules.get()[0] != DispatchRule.RANK_MODULO);
  }

  @ParameterizedTest
  @MethodSource("everyRuleThatIgnoresRanks")
  void renamedNodesOfADomain_costTheSame(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(60 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 30; i++) {
      SmallCase small =
          SmallCase.random(
              random, new Size(new int[][] {{2, 2}, {2, 2}}, 6, 2, 2, 1), rule, copy, known);
      ExpertMap map = small.placement(random);
      int[] slots = map.toArray();
      // GPUs 0, 1 with 2, 3 and then domain 0 with domain 1.
      for (int distance : new int[] {2, 4}) {
        int[] moved = slots.clone();
        for (int g = 0; g < distance; g++) {
          System.arraycopy(slots, 2 * g, moved, 2 * (g + distance), 2);
          System.arraycopy(slots, 2 * (g + distance), moved, 2 * g, 2);
        }
        double seconds = small.placementSeconds(map);
        assertEquals(seconds, small.placementSeconds(new ExpertMap(moved, 8)), ROUNDING * seconds);
      }
    }
  }

  @Test
  void spreadOverRacks_allButOneOfRCopiesLeave() {
    // Lecture: an expert layer spread evenly over R racks sends 1 - 1/R of its expert copies out;
    // one rack each = one domain each.
    for (int racks : new int[] {1, 2, 4}) {
      int[][] nodes = new int[racks][];
      java.util.Arrays.setAll(nodes, d -> new int[] {2, 2});
      Lcg random = new Lcg(racks);
      for (Known known : Known.values()) {
        SmallCase small =
            SmallCase.random(
                random,
                new Size(nodes, 4 * racks, 3, 1, 1),
                DispatchRule.EVEN,
                CopyRule.PER_EXPERT,
                known);
        double[] even = new double[4 * racks];
        java.util.Arrays.fill(even, 1);
        Scenario scenario =
            new Scenario(
                "even",
                List.of(new RoutingProfile("even", 1, List.of(LayerRouting.ofLoads(even, 3)))));
        int[][] replicas =
            IntStream.range(0, 4 * racks).mapToObj(g -> new int[] {g}).toArray(int[][]::new);
        PlacementTally tally = small.tally(new ScenarioLayer(scenario, 0), replicas);
        double bytesOfAllCopies = 3 * small.moe().tokenWidth() * (1 + 2);
        assertEquals(
            Roofline.fractionLeavingDomain(racks),
            small.layerModel().exchange().scaleOutBytesPerToken(tally) / bytesOfAllCopies,
            ROUNDING);
      }
    }
  }

  @Test
  void independence_understatesDistinctDomains() {
    // 8 of 256 in 4 domains: loads alone give 1 - (1 - 8/256)^64 = 0.8689; all sets of 8 alike 1 -
    // C(192,8)/C(256,8) = 0.9034.
    double counted = 1;
    for (int i = 0; i < 8; i++) {
      counted *= (192.0 - i) / (256 - i);
    }
    assertEquals(0.904, 1 - counted, 0.001);
    Size size = new Size(new int[][] {{1}, {1}, {1}, {1}}, 256, 8, 64, 1);
    SmallCase small =
        SmallCase.random(new Lcg(1), size, DispatchRule.EVEN, CopyRule.PER_DOMAIN, Known.LOADS);
    double[] even = new double[256];
    java.util.Arrays.fill(even, 1);
    Scenario scenario =
        new Scenario(
            "even", List.of(new RoutingProfile("even", 1, List.of(LayerRouting.ofLoads(even, 8)))));
    int[][] replicas =
        IntStream.range(0, 256).mapToObj(e -> new int[] {e / 64}).toArray(int[][]::new);
    assertEquals(
        0.869, small.tally(new ScenarioLayer(scenario, 0), replicas).copiesToDomain(0, 1), 0.001);
  }
}
