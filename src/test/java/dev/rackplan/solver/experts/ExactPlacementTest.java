package dev.rackplan.solver.experts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.bound.LayerBound;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The exact solver of tiny layers against plain enumeration; then the search and the bound against
 * the exact solver: the bound is never above the optimum, and the search within 2% of it, mostly
 * equal to it.
 *
 * <p>Layers with recorded tokens go up to 16 experts in 20 slots; few tokens choose few experts, so
 * that most sets are soon ruled out. With loads alone, or mixed in, branches are too many beyond 10
 * experts.
 */
class ExactPlacementTest {
  private static final int[][] TWO_NODES = {{2}, {2}};
  private static final int[][] FOUR_NODES = {{1, 1}, {1, 1}};
  private static final int SEARCH_MOVES = 30_000;
  private static final double ROUNDING = 1e-9;

  /** A layer on 4 GPUs in 2 domains. */
  private record TinyLayer(DispatchRule rule, CopyRule copy, Known known, int experts, int slots) {
    SmallCase small() {
      Lcg random = random();
      int[][] gpus = random.coin() ? TWO_NODES : FOUR_NODES;
      int scenarios = experts == 8 ? random.in(1, 2) : 1;
      Size size = new Size(gpus, experts, random.in(2, 3), (slots + 3) / 4, scenarios);
      return SmallCase.random(random, size, rule, copy, known).withRedundant(slots - experts);
    }

    /** Its seed is made of everything it is. */
    Lcg random() {
      return new Lcg(
          1000L * experts
              + 50L * slots
              + 27
              + rule.ordinal()
              + 3L * copy.ordinal()
              + 9L * known.ordinal());
    }
  }

  private record Judged(
      TinyLayer layer, double found, double optimum, double bound, long branches) {
    double gap() {
      return found / optimum - 1;
    }

    boolean equal() {
      return gap() <= ExactPlacement.EXACT;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.3f%% above the optimum, bound %.1f%% below, %d branches: %s",
          100 * gap(),
          100 * (1 - bound / optimum),
          branches,
          layer);
    }
  }

  static Stream<Arguments> everyRule() {
    return Stream.of(DispatchRule.values())
        .flatMap(rule -> Stream.of(CopyRule.values()).map(copy -> new Object[] {rule, copy}))
        .flatMap(
            rules ->
                Stream.of(Known.values()).map(known -> Arguments.of(rules[0], rules[1], known)));
  }

  private static void assertSound(ExpertMap map, int experts) {
    assertEquals(0, PlacementScoreFromScratch.structureErrors(map, experts), map.toString());
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void optimum_isWhatEnumerationFinds(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(900 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (Size size :
        List.of(
            new Size(new int[][] {{2}, {1}}, 5, 2, 2, 1),
            new Size(new int[][] {{1, 1}, {2}}, 4, 2, 2, 2),
            new Size(FOUR_NODES, 4, 2, 2, 1),
            new Size(TWO_NODES, 5, 3, 2, 1))) {
      for (SmallCase small : SmallCase.random(random, size, rule, copy, known).withFewerSlots()) {
        double least = Double.POSITIVE_INFINITY;
        for (ExpertMap map : small.allPlacements()) {
          least = Math.min(least, small.placementSeconds(map));
        }
        ExactPlacement.Optimum optimum = ExactPlacement.of(small, small.placement(random));
        assertEquals(least, optimum.seconds(), ExactPlacement.EXACT * least, size.toString());
        assertEquals(optimum.seconds(), small.placementSeconds(optimum.map()));
        assertSound(optimum.map(), size.experts());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void terms_priceAsTheCostModelDoes(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(300 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int i = 0; i < 40; i++) {
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      ExpertMap map = small.placement(random);
      double expected = small.placementSeconds(map);
      assertEquals(expected, placed(small, map).seconds(), ROUNDING * expected);
    }
  }

  private static PartialPlacement placed(SmallCase small, ExpertMap map) {
    List<LayerTerms> terms = new ArrayList<>();
    for (ScenarioLayer scenario : small.scenarios()) {
      terms.add(new LayerTerms(small, scenario));
    }
    int[] order = IntStream.range(0, small.moe().experts()).toArray();
    PartialPlacement partial = PartialPlacement.empty(terms, order, small.dealt());
    for (int[] gpus : PlanShapes.replicaGpus(map, order.length)) {
      double before = partial.seconds();
      partial = partial.with(IntStream.of(gpus).map(gpu -> 1 << gpu).sum());
      assertTrue(partial.seconds() >= before);
    }
    assertTrue(partial.complete());
    return partial;
  }

  @ParameterizedTest
  @MethodSource("everyRule")
  void renamedGpus_costTheSame(DispatchRule rule, CopyRule copy, Known known) {
    Lcg random = new Lcg(40 + rule.ordinal() + 3L * copy.ordinal() + 9L * known.ordinal());
    for (int[][] gpus : List.of(TWO_NODES, FOUR_NODES)) {
      SmallCase small = SmallCase.random(random, new Size(gpus, 6, 2, 2, 1), rule, copy, known);
      List<int[]> symmetries = GpuSymmetries.ofMasks(small.shape(), rule, small.dealt());
      // Two domains of two GPUs.
      assertEquals(rule == DispatchRule.RANK_MODULO ? 1 : 8, symmetries.size());
      int[] slots = small.placement(random).toArray();
      double expected = small.placementSeconds(new ExpertMap(slots, 4));
      for (int[] renamed : symmetries) {
        int[] moved = new int[slots.length];
        for (int slot = 0; slot < slots.length; slot++) {
          int gpu = LayerTerms.gpusOf(renamed[1 << slot / 2])[0];
          moved[2 * gpu + slot % 2] = slots[slot];
        }
        double seconds = small.placementSeconds(new ExpertMap(moved, 4));
        assertEquals(expected, seconds, ROUNDING * expected);
      }
    }
  }

  private static List<TinyLayer> layers() {
    List<TinyLayer> layers = new ArrayList<>();
    for (DispatchRule rule : DispatchRule.values()) {
      for (CopyRule copy : CopyRule.values()) {
        for (Known known : Known.values()) {
          layers.add(new TinyLayer(rule, copy, known, 8, 12));
          if (known == Known.TOKENS || copy == CopyRule.PER_DOMAIN) {
            layers.add(new TinyLayer(rule, copy, known, 10, 11));
          }
        }
        layers.add(new TinyLayer(rule, copy, Known.TOKENS, 12, 16));
        if (copy == CopyRule.PER_DOMAIN && rule == DispatchRule.NEAREST) {
          // The exact solver takes longest here.
          layers.add(new TinyLayer(rule, copy, Known.TOKENS, 16, 20));
        }
      }
    }
    return layers;
  }

  private static Judged judge(TinyLayer layer) {
    SmallCase small = layer.small();
    LayerProblem problem =
        LayerProblem.of(
            0,
            small.shape(),
            small.layerModel(),
            small.scenarios(),
            small.problem().engine(),
            small.problem().workload().routing());
    List<ExpertMap> starts = List.of(small.placement(layer.random()));
    LayerSearch.Found found =
        LayerSearch.search(problem, starts, SearchBudget.ofMoves(SEARCH_MOVES, () -> false), 1);
    ExactPlacement.Optimum optimum = ExactPlacement.of(small, found.map());
    assertSound(optimum.map(), layer.experts());
    return new Judged(layer, found.seconds(), optimum.seconds(), bound(small), optimum.branches());
  }

  // As PipelineBound puts the two together.
  private static double bound(SmallCase small) {
    ExpertLayerModel model = small.layerModel();
    double most = 0;
    for (dev.rackplan.bound.LayerTerms terms :
        LayerBound.terms(
            small.problem(),
            small.layout(),
            model,
            small.shape(),
            small.batch(),
            small.moe(),
            small.scenarios())) {
      double perByte = terms.secondsPerByte().value();
      most =
          Math.max(
              most,
              terms.expertSeconds().value()
                  + model.exchange().dispatchSeconds(perByte)
                  + model.exchange().combineSeconds(perByte));
    }
    return most;
  }

  @Test
  @Tag("slow")
  void search_isWithinTwoPercentOfTheOptimum_mostlyEqual_andTheBoundBelow() {
    List<Judged> judged = layers().stream().map(ExactPlacementTest::judge).toList();
    long equal = judged.stream().filter(Judged::equal).count();
    Judged worst = judged.stream().max(Comparator.comparingDouble(Judged::gap)).orElseThrow();
    System.out.printf(
        Locale.ROOT, "Search equal on %d of %d; worst %s%n", equal, judged.size(), worst);
    for (Judged one : judged) {
      assertTrue(one.bound() <= one.optimum() * (1 + ROUNDING), one.toString());
    }
    assertTrue(judged.size() >= 50);
    assertTrue(2 * equal > judged.size(), "equal on " + equal + " of " + judged.size());
    List<Judged> missed = judged.stream().filter(one -> one.gap() > 0.02).toList();
    assertEquals(List.of(), missed);
  }
}
