package dev.rackplan.solver.experts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.workload.Routing;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.optaplanner.core.config.solver.EnvironmentMode;

/**
 * One layer's search: every move against the pure cost model, reproducible, sound, and as good as
 * enumeration on tiny layers.
 */
class LayerSearchTest {
  // Assertions score each move up to four times: over 300 moves.
  private static final int FULL_ASSERT_SCORES = 1300;
  private static final int[][] TWO_DOMAINS = {{2, 1}, {2}};

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  /** Judged by the modelled time of the sample as it is. */
  static LayerProblem layerProblem(SmallCase small) {
    return layerProblem(small, small.problem().workload().routing());
  }

  private static LayerProblem layerProblem(SmallCase small, Routing routing) {
    return LayerProblem.of(
        0, small.shape(), small.layerModel(), small.scenarios(), small.problem().engine(), routing);
  }

  private static SearchBudget moves(int count) {
    return SearchBudget.ofMoves(count, () -> false);
  }

  /** One scenario of recorded tokens, 12 experts in 3 slots a GPU. */
  private static SmallCase tokens(Lcg random, DispatchRule rule, CopyRule copy) {
    return SmallCase.random(random, new Size(TWO_DOMAINS, 12, 3, 3, 1), rule, copy, Known.TOKENS);
  }

  private static void assertSound(ExpertMap map, int experts) {
    assertEquals(0, PlacementScoreFromScratch.structureErrors(map, experts), map.toString());
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void everyMove_isScoredAsThePureCostModelScoresIt(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(5 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int scenarios = 1; scenarios <= 2; scenarios++) {
      SmallCase small =
          SmallCase.random(random, new Size(TWO_DOMAINS, 12, 3, 3, scenarios), rule, copy, known);
      List<ExpertMap> starts = List.of(small.placement(random));
      LayerSearch.Found found =
          LayerSearch.search(
              layerProblem(small),
              starts,
              moves(FULL_ASSERT_SCORES),
              3,
              EnvironmentMode.FULL_ASSERT);
      assertSound(found.map(), 12);
      assertEquals(small.placementSeconds(found.map()), found.seconds());
      assertTrue(found.seconds() <= small.placementSeconds(starts.get(0)));
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void everyMove_withCaution_isScoredAsAFreshCountScoresIt(
      DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(25 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    SmallCase small =
        SmallCase.random(random, new Size(TWO_DOMAINS, 12, 3, 3, 2), rule, copy, known);
    Routing routing = new Routing(List.of(), List.of(), 1, 1);
    LayerProblem problem = layerProblem(small, routing);
    ExpertMap start = small.placement(random);
    LayerSearch.Found found =
        LayerSearch.search(
            problem, List.of(start), moves(FULL_ASSERT_SCORES), 3, EnvironmentMode.FULL_ASSERT);
    assertSound(found.map(), 12);
    assertEquals(problem.seconds(found.map()), found.seconds());
    assertTrue(found.seconds() <= problem.seconds(start));
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void sameSeedAndMoves_giveTheSameMap_neverWorseThanAnyStart(
      DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(50 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    SmallCase small =
        SmallCase.random(random, new Size(TWO_DOMAINS, 12, 3, 3, 2), rule, copy, known);
    LayerProblem problem = layerProblem(small);
    List<ExpertMap> starts = Stream.generate(() -> small.placement(random)).limit(4).toList();
    for (int count : new int[] {1, 10, 600}) {
      LayerSearch.Found first = LayerSearch.search(problem, starts, moves(count), 11);
      LayerSearch.Found second = LayerSearch.search(problem, starts, moves(count), 11);
      assertEquals(first, second);
      assertSound(first.map(), 12);
      for (ExpertMap start : starts) {
        assertTrue(first.seconds() <= small.placementSeconds(start), count + " moves");
      }
    }
  }

  @Test
  void anotherSeed_searchesElsewhere() {
    Lcg random = new Lcg(4);
    SmallCase small = tokens(random, DispatchRule.EVEN, CopyRule.PER_GPU);
    List<ExpertMap> starts = List.of(small.placement(random));
    ExpertMap one = LayerSearch.search(layerProblem(small), starts, moves(300), 1).map();
    ExpertMap two = LayerSearch.search(layerProblem(small), starts, moves(300), 2).map();
    assertNotEquals(one, two);
  }

  @Test
  @Timeout(60)
  void everyGpuWithEveryExpert_leavesNothingToSearch() {
    for (int experts : new int[] {1, 2}) {
      SmallCase small =
          SmallCase.random(
              new Lcg(8),
              new Size(TWO_DOMAINS, experts, 1, experts, 1),
              DispatchRule.NEAREST,
              CopyRule.PER_GPU,
              Known.LOADS);
      int[] slots = new int[5 * experts];
      for (int slot = 0; slot < slots.length; slot++) {
        slots[slot] = slot % experts;
      }
      ExpertMap only = new ExpertMap(slots, 5);
      assertEquals(
          only, LayerSearch.search(layerProblem(small), List.of(only), moves(50), 1).map());
    }
  }

  @Test
  void cancelledSearch_returnsTheBestStart() {
    Lcg random = new Lcg(9);
    SmallCase small = tokens(random, DispatchRule.NEAREST, CopyRule.PER_DOMAIN);
    List<ExpertMap> starts = Stream.generate(() -> small.placement(random)).limit(3).toList();
    LayerSearch.Found found =
        LayerSearch.search(
            layerProblem(small), starts, SearchBudget.ofMoves(1_000_000, () -> true), 1);
    assertTrue(
        found.seconds()
            <= layerProblem(small).seconds(LayerStarts.bestOf(layerProblem(small), starts)));
    assertSound(found.map(), 12);
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void search_findsTheOptimumOfTinyLayers(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(500 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (Size size :
        List.of(
            new Size(new int[][] {{2}, {1}}, 5, 2, 2, 1),
            new Size(new int[][] {{1, 1}, {2}}, 4, 2, 2, 2))) {
      SmallCase small = SmallCase.random(random, size, rule, copy, known);
      double optimum = Double.POSITIVE_INFINITY;
      for (ExpertMap map : small.allPlacements()) {
        optimum = Math.min(optimum, small.placementSeconds(map));
      }
      double found =
          LayerSearch.search(layerProblem(small), List.of(small.placement(random)), moves(3000), 1)
              .seconds();
      assertTrue(found >= optimum * (1 - 1e-9), "enumeration missed a placement");
      assertTrue(found <= optimum * 1.02, found + " s, optimum " + optimum + " s, " + size);
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void searchedAgain_isWhatASearchOfAllStartsFinds(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(70 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    SmallCase small =
        SmallCase.random(random, new Size(TWO_DOMAINS, 12, 3, 3, 1), rule, copy, known);
    LayerProblem problem = layerProblem(small);
    List<ExpertMap> starts = Stream.generate(() -> small.placement(random)).limit(3).toList();
    ExpertMap other = small.placement(random);
    LayerSearch first = new LayerSearch(problem, starts.subList(1, 3));
    first.search(moves(20), 7, 0);
    List<ExpertMap> all = List.of(other, starts.get(1), starts.get(2));
    assertEquals(
        LayerSearch.search(problem, all, moves(100), 3),
        first.again(other).search(moves(100), 3, 0));
    LayerSearch.Found given =
        LayerSearch.ofBuilt(problem, other, first.begun()).search(moves(100), 3, 0);
    assertSound(given.map(), 12);
    assertTrue(given.seconds() <= problem.seconds(first.begun()));
    assertTrue(given.seconds() <= problem.seconds(other));
  }

  @Test
  void closerToTheSample_isSoundAndNoWorseThere() {
    LayerProblem problem = PlacementTimeTest.problem(4, 0);
    LayerProblem closer = problem.closer().orElseThrow();
    ExpertMap apart = new ExpertMap(new int[] {0, 2, 1, 3}, 2);
    LayerSearch search = new LayerSearch(problem, List.of(apart));
    ExpertMap best = search.search(moves(50), 1, 0).map();
    LayerSearch.Found found = search.closer(closer, moves(50), 2);
    assertSound(found.map(), 4);
    assertEquals(closer.seconds(found.map()), found.seconds());
    assertTrue(found.seconds() <= closer.seconds(best));
    assertEquals(best, search.soFar(), "the best for windows stays");
  }

  @Test
  void startWithSecondCopies_endsWithoutThem() {
    Lcg random = new Lcg(41);
    SmallCase small = tokens(random, DispatchRule.EVEN, CopyRule.PER_GPU);
    ExpertMap twice = withSecondCopy(small.placement(random));
    assertTrue(twice.secondCopies().length > 0, "no second copy to begin with");
    // No move is made: the start itself must be sound.
    LayerSearch.Found found =
        LayerSearch.search(
            layerProblem(small), List.of(twice), SearchBudget.ofMoves(1, () -> true), 1);
    assertSound(found.map(), 12);
  }

  // A slot of an expert that has others takes the expert of a slot of the same GPU.
  private static ExpertMap withSecondCopy(ExpertMap map) {
    int[] slots = map.toArray();
    for (int slot = 1; slot < slots.length; slot++) {
      int expert = slots[slot];
      boolean spare = Arrays.stream(slots).filter(other -> other == expert).count() > 1;
      if (spare && map.gpuOfSlot(slot) == map.gpuOfSlot(slot - 1)) {
        slots[slot] = slots[slot - 1];
        return new ExpertMap(slots, map.gpus());
      }
    }
    throw new IllegalStateException("no expert has two replicas");
  }

  @Test
  void greedyStart_givesTheHotExpertItsReplicasOnDifferentGpus() {
    // Loads per replica fall 8 → 4 → 8/3 (beside 3): the fourth redundant slot goes to expert 1.
    ExpertMap greedy = StartPlacement.greedy(new double[] {8, 3, 2, 1}, new GpuSlots(8, 4));
    assertSound(greedy, 4);
    int[] replicas = new int[4];
    for (int expert : greedy.toArray()) {
      replicas[expert]++;
    }
    assertEquals(List.of(4, 2, 1, 1), List.of(replicas[0], replicas[1], replicas[2], replicas[3]));
  }
}
