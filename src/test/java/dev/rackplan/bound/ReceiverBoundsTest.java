package dev.rackplan.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each bound on receivers by itself, against the copies of every placement of tiny layers: in
 * {@link LayerBoundTest} another link may hide one that is too high.
 */
class ReceiverBoundsTest {
  private static final double ROUNDING = 1e-8;
  private static final List<Size> TINY =
      List.of(
          new Size(new int[][] {{1}, {1}}, 4, 3, 2, 1),
          new Size(new int[][] {{1}, {1}, {1}}, 4, 2, 2, 1),
          new Size(new int[][] {{1}, {1}, {1}}, 6, 4, 2, 1),
          new Size(new int[][] {{2}, {1, 1}}, 4, 2, 2, 1),
          new Size(new int[][] {{1}, {1}, {1}, {1}}, 4, 3, 1, 1),
          new Size(new int[][] {{1}, {2}}, 5, 3, 2, 1));

  private static PlacementTally tally(SmallCase small, ExpertMap map) {
    return small.tally(
        small.scenarios().get(0), PlanShapes.replicaGpus(map, small.moe().experts()));
  }

  private static int largest(SmallCase small) {
    int size = 0;
    for (int d = 0; d < small.shape().domainCount(); d++) {
      size = Math.max(size, small.shape().domainSize(d));
    }
    return size;
  }

  private static void forTinyCases(DispatchRule rule, Known known, Consumer<SmallCase> check) {
    Lcg random = new Lcg(11 + rule.ordinal() + 5L * known.ordinal());
    for (Size size : TINY) {
      for (int repeat = 0; repeat < 4; repeat++) {
        check.accept(SmallCase.random(random, size, rule, CopyRule.PER_DOMAIN, known));
      }
    }
  }

  private static double domainsAwayFrom(SmallCase small, PlacementTally tally, int home) {
    double copies = 0;
    for (int d = 0; d < small.shape().domainCount(); d++) {
      copies += d == home ? 0 : tally.copiesToDomain(home, d);
    }
    return copies;
  }

  @ParameterizedTest
  @EnumSource(DispatchRule.class)
  void remoteReceivers_areAtMostThoseOfEveryPlacement(DispatchRule rule) {
    for (Known known : Known.values()) {
      forTinyCases(
          rule,
          known,
          small -> {
            RemoteReceivers bound =
                new RemoteReceivers(
                    new CoChoice(small.scenarios().get(0)), small.moe().expertsPerToken());
            int domains = small.shape().domainCount();
            assertBelowMeanOfHomes(small, bound);
            for (int home = 0; home < domains; home++) {
              double least =
                  bound.copies(
                      small.slotsPerGpu() * small.shape().domainSize(home),
                      1,
                      domains - 1,
                      small.slotsPerGpu() * largest(small));
              for (ExpertMap map : small.allPlacements()) {
                double copies = domainsAwayFrom(small, tally(small, map), home);
                assertTrue(
                    least <= copies + ROUNDING, () -> least + " above " + copies + " of " + map);
              }
            }
          });
    }
  }

  private static void assertBelowMeanOfHomes(SmallCase small, RemoteReceivers bound) {
    int domains = small.shape().domainCount();
    double gpus = small.shape().gpuCount();
    double atHome = 0;
    double smallest = gpus;
    for (int d = 0; d < domains; d++) {
      int size = small.shape().domainSize(d);
      atHome += size / gpus * Math.min(small.moe().experts(), small.slotsPerGpu() * size);
      smallest = Math.min(smallest, size);
    }
    double least =
        bound.copies(
            atHome,
            // Under rankModulo no home may choose a replica that it holds.
            small.problem().engine().dispatchRule() == DispatchRule.RANK_MODULO
                ? 1
                : 1 - smallest / gpus,
            domains - 1,
            Math.min(
                small.slotsPerGpu() * largest(small),
                small.moe().experts() - (int) (small.slotsPerGpu() * smallest)));
    for (ExpertMap map : small.allPlacements()) {
      PlacementTally tally = tally(small, map);
      double mean = 0;
      for (int home = 0; home < domains; home++) {
        mean += small.shape().domainSize(home) / gpus * domainsAwayFrom(small, tally, home);
      }
      double copies = mean;
      assertTrue(least <= copies + ROUNDING, () -> least + " above " + copies + " of " + map);
    }
  }

  @ParameterizedTest
  @EnumSource(Known.class)
  void receiverSpread_isAtMostThatOfEveryPlacement(Known known) {
    forTinyCases(
        DispatchRule.EVEN,
        known,
        small -> {
          ReceiverSpread bound =
              new ReceiverSpread(
                  new CoChoice(small.scenarios().get(0)), small.moe().expertsPerToken());
          int domains = small.shape().domainCount();
          double least =
              bound.receivers(
                  domains, small.slotsPerGpu() * largest(small), small.layout().redundantExperts());
          for (ExpertMap map : small.allPlacements()) {
            PlacementTally tally = tally(small, map);
            // From any home: all choose alike, and the home's own copies count, too.
            double touched = domainsAwayFrom(small, tally, 0) + tally.copiesToDomain(0, 0);
            assertTrue(
                least <= touched + ROUNDING, () -> least + " above " + touched + " of " + map);
          }
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = DispatchRule.class,
      names = {"EVEN", "NEAREST"})
  void hottestReceiver_isSentAtLeastItsShare(DispatchRule rule) {
    forTinyCases(
        rule,
        Known.LOADS,
        small -> {
          int domains = small.shape().domainCount();
          double capacity =
              new HottestReceiver(small.scenarios().get(0))
                  .capacity(domains, small.slotsPerGpu() * largest(small));
          for (ExpertMap map : small.allPlacements()) {
            PlacementTally tally = tally(small, map);
            double most = mostReceived(small, tally);
            double least = choicesAway(small, map) / capacity;
            assertTrue(least <= most + ROUNDING, () -> least + " above " + most + " of " + map);
          }
        });
  }

  // Copies that the domain with most is sent, in tokens of one GPU.
  private static double mostReceived(SmallCase small, PlacementTally tally) {
    int domains = small.shape().domainCount();
    double most = 0;
    for (int d = 0; d < domains; d++) {
      double received = 0;
      for (int home = 0; home < domains; home++) {
        if (home != d) {
          received += small.shape().domainSize(home) * tally.copiesToDomain(home, d);
        }
      }
      most = Math.max(most, received);
    }
    return most;
  }

  @ParameterizedTest
  @EnumSource(DispatchRule.class)
  void copiesOfTheFullest_areAtMostThoseOfEveryPlacement(DispatchRule rule) {
    forTinyCases(
        rule,
        Known.LOADS,
        small -> {
          int extra = small.dealt().slots() - small.moe().experts();
          double bound =
              new HottestReceiver(small.scenarios().get(0))
                  .copiesOfTheFullest(
                      small.shape().domainCount(), rule.sendersAreAlike() ? 0 : extra);
          double least = bound * (small.shape().gpuCount() - largest(small));
          for (ExpertMap map : small.allPlacements()) {
            double most = mostReceived(small, tally(small, map));
            assertTrue(least <= most + ROUNDING, () -> least + " above " + most + " of " + map);
          }
        });
  }

  @Test
  void copiesOfTheFullest_areReachedByEvenReceivers_andOfOneProfileOnly() {
    double[] loads = new double[64];
    Arrays.fill(loads, 8.0 / 64);
    HottestReceiver even = new HottestReceiver(layer(List.of(LayerRouting.ofLoads(loads, 8))));

    // Each of 8 receivers holds 8 of them; experts of small load come close to a Poisson choice.
    double reached = 1 - Math.pow(1 - 8.0 / 64, 8);
    assertEquals(reached, even.copiesOfTheFullest(8, 0), 0.04);
    assertTrue(even.copiesOfTheFullest(8, 0) <= reached);
    assertTrue(even.copiesOfTheFullest(8, 8) < even.copiesOfTheFullest(8, 0));
    LayerRouting again = LayerRouting.ofLoads(loads, 8);
    assertEquals(0, new HottestReceiver(layer(List.of(again, again))).copiesOfTheFullest(8, 0));
  }

  private static ScenarioLayer layer(List<LayerRouting> routings) {
    List<RoutingProfile> profiles = new ArrayList<>();
    for (LayerRouting routing : routings) {
      profiles.add(new RoutingProfile("loads", 1.0 / routings.size(), List.of(routing)));
    }
    return new ScenarioLayer(new Scenario("loads", profiles), 0);
  }

  // Under PER_EXPERT a copy is a choice.
  private static double choicesAway(SmallCase small, ExpertMap map) {
    PlacementTally tally =
        PlacementTally.of(
            small.scenarios().get(0),
            small.shape(),
            small.problem().engine().dispatchRule(),
            CopyRule.PER_EXPERT,
            small.batch().tokens(),
            PlanShapes.replicaGpus(map, small.moe().experts()));
    double choices = 0;
    for (int home = 0; home < small.shape().domainCount(); home++) {
      choices += small.shape().domainSize(home) * domainsAwayFrom(small, tally, home);
    }
    return choices;
  }

  /** Every set of k of E experts once. */
  private static ScenarioLayer everySet(int experts, int k) {
    List<int[]> sets = new ArrayList<>();
    add(sets, new int[k], 0, 0, experts);
    int[] choices = sets.stream().flatMapToInt(Arrays::stream).toArray();
    RoutingProfile profile =
        new RoutingProfile("all", 1, List.of(LayerRouting.ofTokens(experts, k, choices)));
    return new ScenarioLayer(new Scenario("all", List.of(profile)), 0);
  }

  private static void add(List<int[]> sets, int[] set, int next, int from, int experts) {
    if (next == set.length) {
      sets.add(set.clone());
      return;
    }
    for (int e = from; e < experts; e++) {
      set[next] = e;
      add(sets, set, next + 1, e + 1, experts);
    }
  }

  @Test
  void bounds_ofPairsAreCloseToTheOptimum() {
    // All 2 of 8 in 4 domains of 2: a pair shares a domain with chance 1/7, and with k = 2 nothing
    // is lost: 2 - 1/7 domains; from a home, 3/4 of them are remote. Home by home the bound does
    // not know that an expert has one replica only.
    CoChoice pairs = new CoChoice(everySet(8, 2));
    assertEquals(13 / 7.0, new ReceiverSpread(pairs, 2).receivers(4, 2, 0), 1e-6);
    double remote = new RemoteReceivers(pairs, 2).copies(2, 0.75, 3, 2);
    assertTrue(remote > 1.3 && remote <= 0.75 * 13 / 7, () -> "remote " + remote);
  }

  @Test
  void bounds_ofManyExpertsHold() {
    // More experts than are decomposed whole: 72 experts in groups of 8 that are chosen together.
    Lcg random = new Lcg(3);
    int[] choices = new int[600 * 4];
    for (int t = 0; t < 600; t++) {
      int group = random.in(0, 8);
      int[] order = random.order(8);
      for (int j = 0; j < 4; j++) {
        choices[4 * t + j] = 8 * (j == 3 ? random.in(0, 8) : group) + order[j];
      }
    }
    RoutingProfile profile =
        new RoutingProfile("groups", 1, List.of(LayerRouting.ofTokens(72, 4, choices)));
    ScenarioLayer routing = new ScenarioLayer(new Scenario("groups", List.of(profile)), 0);
    CoChoice pairs = new CoChoice(routing);
    double touched = 0;
    for (int t = 0; t < 600; t++) {
      int token = t;
      touched +=
          Stream.of(0, 1, 2, 3).map(j -> choices[4 * token + j] / 24).distinct().count() / 600.0;
    }
    double spread = new ReceiverSpread(pairs, 4).receivers(3, 24, 0);
    double remote = new RemoteReceivers(pairs, 4).copies(24, 2 / 3.0, 2, 24);
    assertTrue(spread <= touched && spread > 1, spread + " against " + touched);
    assertTrue(remote <= 2 / 3.0 * touched && remote > 0.5, remote + " against " + touched);
  }

  @Test
  void overlap_isOfTheLargestOfEachRow_pickedOrSorted() {
    Lcg random = new Lcg(8);
    int[] choices = new int[300 * 4];
    for (int t = 0; t < 300; t++) {
      int[] order = random.order(40);
      System.arraycopy(order, 0, choices, 4 * t, 4);
    }
    RoutingProfile profile =
        new RoutingProfile("any", 1, List.of(LayerRouting.ofTokens(40, 4, choices)));
    ScenarioLayer routing = new ScenarioLayer(new Scenario("any", List.of(profile)), 0);
    CoChoice pairs = new CoChoice(routing);
    // Few are picked, many sorted; more than there are is all.
    for (int slots : new int[] {1, 2, 3, 5, 6, 20, 40, 90}) {
      double sum = 0;
      for (int e = 0; e < 40; e++) {
        int row = e;
        sum +=
            IntStream.range(0, 40)
                .mapToDouble(other -> -pairs.joint(row, other))
                .sorted()
                .limit(Math.min(40, slots) - 1)
                .sum();
      }
      assertEquals(-sum / 2, new Overlap(pairs).choices(slots), 1e-12);
    }
  }

  @Test
  void answersThatAreKept_areThoseWorkedOut() {
    ScenarioLayer routing = everySet(8, 2);
    CoChoice pairs = new CoChoice(routing);
    for (int time = 0; time < 2; time++) {
      TokenBounds bounds = new TokenBounds(routing);
      assertEquals(new Overlap(pairs).choices(3), bounds.shared(3));
      assertEquals(new Overlap(pairs).choices(4), bounds.shared(4));
      for (int atHome = 2; atHome < 4; atHome++) {
        assertEquals(
            new RemoteReceivers(pairs, 2).copies(atHome, 0.75, 3, 2),
            bounds.remote(atHome, 0.75, 3, 2));
      }
      assertEquals(new ReceiverSpread(pairs, 2).receivers(4, 2, 1), bounds.spread(4, 2, 1));
    }
  }

  @Test
  void bounds_holdWhereTheLibraryFindsNoEigenvectors() {
    // Two tokens, of which one expert in common: nearly all eigenvalues are equal.
    int[] choices = {54, 0, 9, 0, 22, 49};
    RoutingProfile profile =
        new RoutingProfile("two", 1, List.of(LayerRouting.ofTokens(64, 3, choices)));
    CoChoice pairs = new CoChoice(new ScenarioLayer(new Scenario("two", List.of(profile)), 0));
    // In domains of 15 experts each: 2 and 3 domains.
    assertTrue(new RemoteReceivers(pairs, 3).copies(15, 0.8, 4, 15) <= 2.5);
    assertTrue(new ReceiverSpread(pairs, 3).receivers(5, 15, 11) <= 2.5);
  }
}
