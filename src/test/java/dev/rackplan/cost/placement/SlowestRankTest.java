package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.SampledSteps;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.UnevenLoads;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected slowest rank: by hand, in its limits, and against drawn steps. */
class SlowestRankTest {
  private static final double DIGITS = 1e-9;

  // Means from tables of order statistics; of the square 1 for two, 1 + √3/(2π) for three.
  @ParameterizedTest
  @CsvSource({
    "1, 0, 1",
    "2, 0.564189584, 1",
    "3, 0.846284375, 1.275664448",
    "5, 1.162964474, 1.800020436"
  })
  void largestOfNormals_isThatOfTheTables(int count, double mean, double square) {
    assertEquals(mean, NormalMaximum.of(count).mean(), 1e-8);
    assertEquals(square, NormalMaximum.of(count).square(), 1e-8);
  }

  // One token of 2 in 4 experts on 2 GPUs, evenly: 0, 1 or 2 pairs in 1, 4 and 1 of 6 cases. Mean
  // 1, variance 1/3, for active experts alike, since no expert is chosen twice.
  @Test
  void oneToken_variesAsDealtWithoutReplacement() {
    StepLoads loads = StepLoads.of(new double[] {0.5, 0.5, 0.5, 0.5}, 2, 0.3, 2, 1, 1);
    assertEquals(1, loads.pairs(), DIGITS);
    assertEquals(1, loads.active(), DIGITS);
    assertEquals(Math.sqrt(1 / 3.0), loads.pairsDeviation(), DIGITS);
    assertEquals(Math.sqrt(1 / 3.0), loads.activeDeviation(), DIGITS);
    assertEquals(0, loads.pairsSkewness(), DIGITS);
    assertEquals(0, loads.activeSkewness(), DIGITS);
    assertEquals(2, loads.mostPairs(), DIGITS);
    assertEquals(2, loads.mostActive(), DIGITS);
  }

  // 8 tokens of 2 sequences: each brings 1/3, and another 3·0.3 of it in common with its like.
  @Test
  void tokensOfOneSequence_varyTogether() {
    double[] even = {0.5, 0.5, 0.5, 0.5};
    assertEquals(Math.sqrt(8 / 3.0), StepLoads.of(even, 2, 0.3, 2, 8, 1).pairsDeviation(), DIGITS);
    assertEquals(
        Math.sqrt(8 / 3.0 * 1.9), StepLoads.of(even, 2, 0.3, 2, 8, 4).pairsDeviation(), DIGITS);
    assertEquals(0, StepLoads.of(even, 2, 0.3, 1, 8, 4).pairsDeviation(), DIGITS);
  }

  // Equal means: the excess; one far slower: its own; steady: the largest; 3 of excess over ln 3.
  @Test
  void slowest_isBetweenTheLargestMeanAndAllEqual() {
    SlowestRank rank = SlowestRank.of(3, 3);
    assertEquals(13, rank.seconds(new double[] {10, 10, 10}), DIGITS);
    assertEquals(1000, rank.seconds(new double[] {10, 1000, 10}), DIGITS);
    assertEquals(12, SlowestRank.STEADY.seconds(new double[] {10, 12, 11}), DIGITS);
    assertEquals(10, SlowestRank.of(3, 1).seconds(new double[] {10}), DIGITS);
    double two = 10 + 3 / Math.log(3) * Math.log(2 + Math.exp(-Math.log(3) * 2 / 3));
    assertEquals(two, rank.seconds(new double[] {10, 10, 8}), DIGITS);
    assertTrue(rank.seconds(new double[] {11, 10, 9}) > 13, "less even is slower");
  }

  // Within what 300 to 1,000 drawn steps differ by and what the formula leaves out. The GPU with
  // the
  // largest mean load is off by up to 84% there.
  @ParameterizedTest
  @CsvSource({
    "2, 1, 0, 1, 0, 0.07",
    "8, 1, 0.77, 1, 0, 0.05",
    "8, 8, 0, 1, 0, 0.04",
    "8, 64, 0.77, 1, 0, 0.02",
    "8, 64, 1.5, 1, 0, 0.03",
    "32, 8, 0, 1, 0, 0.06",
    "32, 64, 0, 1, 0, 0.02",
    "32, 64, 0.77, 1, 0, 0.06",
    "64, 8, 0, 1, 0, 0.14",
    "64, 64, 1.5, 1, 0, 0.09",
    "8, 1024, 0.77, 256, 0.15, 0.03",
    "8, 1024, 0.77, 64, 0.15, 0.02"
  })
  void formula_isTheMeanOfDrawnSteps(
      int gpus, int tokens, double variation, int perSequence, double likeness, double error) {
    SampledSteps.Result result =
        new SampledSteps(gpus, tokens, variation, perSequence, likeness)
            .result(tokens > 100 ? 300 : 1000);
    assertEquals(result.sampledSeconds(), result.seconds(), error * result.sampledSeconds());
    assertTrue(result.slowestMeanSeconds() < result.sampledSeconds() * 1.001);
  }

  @Test
  void manyTokens_areDeterministic() {
    double[] even = new double[256];
    Arrays.fill(even, 8 / 256.0);
    StepLoads loads = StepLoads.of(even, 8, 0, 32, 1e12, 1);
    assertEquals(0, loads.pairsDeviation() / loads.pairs(), 1e-5);
    assertEquals(0, loads.activeDeviation(), DIGITS);
  }

  private static ScenarioLayer layer(LayerRouting routing) {
    return new ScenarioLayer(
        new Scenario("s", List.of(new RoutingProfile("p", 1, List.of(routing)))), 0);
  }

  // Of 32 tokens in 16 sections of 2: all of a section alike, or none.
  @Test
  void recordedTokens_sayHowAlikeOnesNeighboursAre() {
    int[] alike = IntStream.range(0, 32).map(t -> t / 2 % 4).toArray();
    int[] unlike = IntStream.range(0, 32).map(t -> t % 4).toArray();
    assertEquals(1, layer(LayerRouting.ofTokens(4, 1, alike)).likeness(), DIGITS);
    assertEquals(0, layer(LayerRouting.ofTokens(4, 1, unlike)).likeness(), DIGITS);
  }

  @Test
  void loadsAlone_areTakenToBeAlikeUnlessEven() {
    assertEquals(0.15, layer(new UnevenLoads(0.77, 1).layer(0, 8, 2)).likeness());
    assertEquals(0, layer(new UnevenLoads(0, 1).layer(0, 8, 2)).likeness());
  }
}
