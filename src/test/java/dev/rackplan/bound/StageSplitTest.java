package dev.rackplan.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StageSplitTest {
  @Test
  void additiveCost_countsLayersFixedPartAndHop() {
    LayerRunCost cost =
        AdditiveCost.of(
            new double[][] {{1, 2, 4}, {10, 20, 40}},
            new double[] {100, 1000},
            new double[] {0.1, 0.2, 0.4});
    assertEquals(1 + 2 + 100 + 0.2, cost.cost(0, 0, 1), 1e-12);
    assertEquals(40 + 1000, cost.cost(1, 2, 2), 1e-12);
    assertEquals(10 + 20 + 1000 + 0.2, cost.cost(1, 0, 1), 1e-12);
  }

  @Test
  void headOnTheLastStage_movesTheCutBack() {
    // Without the head 3 + 3 layers; with a head worth 2 layers 4 + 2 (costs 4 and 4).
    double[][] ones = {{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}};
    assertEquals(
        List.of(0, 3),
        StageSplit.of(6, 2, AdditiveCost.of(ones, new double[2], new double[6])).firstLayers());
    StageSplit withHead =
        StageSplit.of(6, 2, AdditiveCost.of(ones, new double[] {0, 2}, new double[6]));
    assertEquals(new StageSplit(List.of(0, 4), 4, 32), withHead);
  }

  @Test
  void equalMaxima_areDecidedBySquares() {
    // Layer 0 costs 6 and binds. Of the cuts of 1 2 3 into two, (1 2)(3) has 9 + 9, (1)(2 3) has 1
    // + 25.
    double[][] cost = {{6, 1, 2, 3}, {6, 1, 2, 3}, {6, 1, 2, 3}};
    assertEquals(
        new StageSplit(List.of(0, 1, 3), 6, 36 + 9 + 9),
        StageSplit.of(4, 3, AdditiveCost.of(cost, new double[3], new double[4])));
  }

  @Test
  void stageThatCannotHoldItsLayers_takesFewer() {
    double[][] ones = {{1, 1, 1, 1}, {1, 1, 1, 1}};
    LayerRunCost cost = AdditiveCost.of(ones, new double[2], new double[4]);
    assertEquals(
        List.of(0, 1),
        StageSplit.of(4, 2, cost, (stage, first, last) -> stage == 1 || last == first)
            .orElseThrow()
            .firstLayers());
    assertEquals(
        Optional.empty(), StageSplit.of(4, 2, cost, (stage, first, last) -> last == first));
  }

  @Test
  void split_equalsBruteForce() {
    long[] state = {20260429};
    int infeasible = 0;
    for (int round = 0; round < 300; round++) {
      int layers = 1 + draw(state, 12);
      int stages = 1 + draw(state, Math.min(layers, 6));
      double[][] layerCost = new double[stages][layers];
      double[] hop = new double[layers];
      double[] fixed = new double[stages];
      double[] room = new double[stages];
      for (int stage = 0; stage < stages; stage++) {
        fixed[stage] = draw(state, 10);
        room[stage] = 1 + draw(state, 2 * layers / stages + 1);
        for (int layer = 0; layer < layers; layer++) {
          layerCost[stage][layer] = 1 + draw(state, 20);
          hop[layer] = draw(state, 5);
        }
      }
      LayerRunCost cost = AdditiveCost.of(layerCost, fixed, hop);
      LayerRunFit fit =
          round % 2 == 0
              ? (stage, first, last) -> true
              : (stage, first, last) -> last - first + 1 <= room[stage];
      double[] best = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};
      bruteForce(layers, stages, cost, fit, new ArrayList<>(List.of(0)), best);
      Optional<StageSplit> split = StageSplit.of(layers, stages, cost, fit);
      assertEquals(best[0] < Double.POSITIVE_INFINITY, split.isPresent(), "round " + round);
      if (split.isEmpty()) {
        infeasible++;
        continue;
      }
      assertEquals(best[0], split.get().maxCost(), 0, "round " + round);
      assertEquals(best[1], split.get().sumOfSquares(), 0, "round " + round);
      double[] judged = judge(layers, split.get().firstLayers(), cost, fit);
      assertEquals(best[0], judged[0], 0, "round " + round);
      assertEquals(best[1], judged[1], 0, "round " + round);
    }
    assertTrue(infeasible > 0 && infeasible < 150, infeasible + " of 300 infeasible");
  }

  @Test
  void moreStagesThanLayers_areRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> StageSplit.of(2, 3, (stage, first, last) -> 1));
    assertEquals("stages must be in 1..2, were 3", refused.getMessage());
  }

  @Test
  void costThatIsNotANumber_isRefused() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> StageSplit.of(2, 1, (stage, first, last) -> Double.NaN));
    assertEquals(
        "cost of stage 0 with layers [0, 1] must be finite, was NaN", refused.getMessage());
  }

  private static void bruteForce(
      int layers,
      int stages,
      LayerRunCost cost,
      LayerRunFit fit,
      List<Integer> firstLayers,
      double[] best) {
    if (firstLayers.size() == stages) {
      double[] judged = judge(layers, firstLayers, cost, fit);
      if (judged[0] < best[0] || (judged[0] == best[0] && judged[1] < best[1])) {
        best[0] = judged[0];
        best[1] = judged[1];
      }
      return;
    }
    for (int next = firstLayers.get(firstLayers.size() - 1) + 1; next < layers; next++) {
      firstLayers.add(next);
      bruteForce(layers, stages, cost, fit, firstLayers, best);
      firstLayers.remove(firstLayers.size() - 1);
    }
  }

  /**
   * {max, sum of squares}; infinite where a stage does not fit. Costs are whole numbers, so sums
   * are exact.
   */
  private static double[] judge(
      int layers, List<Integer> firstLayers, LayerRunCost cost, LayerRunFit fit) {
    double max = 0;
    double squares = 0;
    for (int stage = 0; stage < firstLayers.size(); stage++) {
      int last = stage + 1 < firstLayers.size() ? firstLayers.get(stage + 1) - 1 : layers - 1;
      double stageCost =
          fit.fits(stage, firstLayers.get(stage), last)
              ? cost.cost(stage, firstLayers.get(stage), last)
              : Double.POSITIVE_INFINITY;
      max = Math.max(max, stageCost);
      squares += stageCost * stageCost;
    }
    return new double[] {max, squares};
  }

  /** Knuth's MMIX generator. */
  private static int draw(long[] state, int bound) {
    state[0] = state[0] * 6364136223846793005L + 1442695040888963407L;
    return (int) ((state[0] >>> 33) % bound);
  }
}
