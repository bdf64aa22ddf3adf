package dev.rackplan.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExpertLoadsTest {
  private final ExpertLoads loads = new ExpertLoads();

  @Test
  void balancedTokens_takeExpertsAtEqualDistances() {
    // Stride 4: tokens take experts {0, 4}, {1, 5}, {2, 6}; the first rank holds 0 to 3.
    assertLoad(3, 3, "balanced", 3, 8, 2, 2);
    // One whole cycle of 8 tokens gives each expert 2, and the next token expert 0 one more.
    assertLoad(9, 4, "balanced", 9, 8, 2, 2);
    // Stride ceil(8/3) = 3: tokens take {0, 3, 6} and {1, 4, 7}.
    assertLoad(2, 2, "balanced", 2, 8, 3, 4);
  }

  @Test
  void uniformTokens_leaveSomeExpertsOut() {
    assertLoad(8, 4 * (1 - Math.pow(0.75, 8)), "uniform", 8, 8, 2, 2);
    assertLoad(8, 4 * (1 - Math.pow(0.75, 8)), "random", 8, 8, 2, 2);
  }

  @Test
  void skewedTokens_keepTheirPairsAndFillTheBusiestRank() {
    ExpertLoad whole = load("power_law_1.2", 64, 256, 8, 1);
    assertEquals(512, whole.pairs());
    assertTrue(whole.active() > 100 && whole.active() < 256, whole.toString());

    ExpertLoad mild = load("power_law_0.6", 4096, 256, 8, 8);
    ExpertLoad strong = load("power_law_1.2", 4096, 256, 8, 8);
    assertTrue(mild.pairs() > 4096, mild.toString());
    assertTrue(strong.pairs() > mild.pairs(), strong + " " + mild);
    assertTrue(strong.pairs() < 8 * 4096, strong.toString());
  }

  @Test
  void oneSkewedToken_goesToEachRankOnce() {
    assertLoad(1, 1, "power_law_1.01", 1, 256, 8, 8);
    assertLoad(2, 2, "power_law_1.01", 1, 256, 8, 4);
  }

  @Test
  void draws_areTheSameEachTime() {
    assertEquals(
        load("power_law_1.01", 512, 160, 8, 4),
        new ExpertLoads().of(new ExpertLoads.Case("power_law_1.01", 512, 160, 8, 4)).orElseThrow());
  }

  @Test
  void unknownDistributions_haveNoLoad() {
    assertTrue(loads.of(new ExpertLoads.Case("zipf", 8, 8, 2, 1)).isEmpty());
    assertTrue(loads.of(new ExpertLoads.Case("power_law_x", 8, 8, 2, 1)).isEmpty());
  }

  private void assertLoad(
      double pairs,
      double active,
      String distribution,
      int tokens,
      int experts,
      int picks,
      int ranks) {
    ExpertLoad load = load(distribution, tokens, experts, picks, ranks);
    assertEquals(pairs, load.pairs(), 1e-9);
    assertEquals(active, load.active(), 1e-9);
  }

  private ExpertLoad load(String distribution, int tokens, int experts, int picks, int ranks) {
    return loads
        .of(new ExpertLoads.Case(distribution, tokens, experts, picks, ranks))
        .orElseThrow();
  }
}
