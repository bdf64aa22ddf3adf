package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replica = rank mod replicas, worked by hand: three domains of two GPUs, ranks 0 to 5. */
class RankCopiesTest {
  private static final double ROUNDING = 1e-9;

  // Expert 0 on GPUs 0 and 2, expert 1 on 2 and 5, expert 2 on 0, 3 and 4, expert 3 on 4.
  private static final int[][] REPLICAS = {{0, 2}, {2, 5}, {0, 3, 4}, {4}};

  private static PlacementTally tally(LayerRouting routing) {
    SmallCase small =
        SmallCase.random(
            new Lcg(1),
            new Size(new int[][] {{2}, {2}, {2}}, 4, 2, 2, 1),
            DispatchRule.RANK_MODULO,
            CopyRule.PER_DOMAIN,
            Known.TOKENS);
    Scenario scenario =
        new Scenario("by hand", List.of(new RoutingProfile("by hand", 1, List.of(routing))));
    return small.tally(new ScenarioLayer(scenario, 0), REPLICAS);
  }

  /**
   * Tokens {0,1}, {0,2}, {1,3}, {2,3}. Ranks 0 to 5 send expert 0 to GPUs 0, 2, 0, 2, 0, 2; expert
   * 1 to 2, 5, 2, 5, 2, 5; expert 2 to 0, 3, 4, 0, 3, 4; expert 3 to 4. So to domain 1 (GPUs 2, 3)
   * rank 0 sends 2 of the 4 tokens, {0,1} and {1,3}; rank 1 three: {0,1}, {0,2} and {2,3}.
   */
  @ParameterizedTest
  @CsvSource({
    // home, domain, tokens of the home's two ranks, of 4 each
    "0, 1, 2, 3",
    "0, 2, 2, 3",
    "1, 0, 2, 2",
    "1, 2, 3, 3",
    "2, 0, 2, 0",
    "2, 1, 4, 2",
  })
  void copiesToDomains_areEachRanksOwn(int home, int domain, int first, int second) {
    PlacementTally tally = tally(LayerRouting.ofTokens(4, 2, new int[] {0, 1, 0, 2, 1, 3, 2, 3}));
    assertEquals((first + second) / 8.0, tally.copiesToDomain(home, domain), ROUNDING);
  }

  /** GPU 2 gets expert 0 from ranks 1, 3, 5 and expert 1 from ranks 0, 2, 4: tokens of either. */
  @ParameterizedTest
  @CsvSource({"2, 0, 2, 2", "2, 2, 2, 2", "3, 0, 0, 2", "3, 2, 2, 0", "4, 0, 2, 2", "4, 1, 3, 2"})
  void copiesToGpus_areEachRanksOwn(int gpu, int home, int first, int second) {
    PlacementTally tally = tally(LayerRouting.ofTokens(4, 2, new int[] {0, 1, 0, 2, 1, 3, 2, 3}));
    assertEquals((first + second) / 8.0, tally.copiesFromOtherDomain(home, gpu), ROUNDING);
  }

  /** GPU 2 gets expert 0 from rank 3, GPU 4 experts 2 and 3 from rank 5; others nothing. */
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 2", "3, 0", "4, 3", "5, 0"})
  void copiesFromTheOwnDomain_areTheOtherRanks(int gpu, int tokens) {
    PlacementTally tally = tally(LayerRouting.ofTokens(4, 2, new int[] {0, 1, 0, 2, 1, 3, 2, 3}));
    assertEquals(tokens / 4.0, tally.copiesFromOwnDomain(gpu), ROUNDING);
  }

  /** Loads 0.2, 0.4, 0.6, 0.8: of independent experts one is chosen with 1 - Π(1 - f). */
  @ParameterizedTest
  @CsvSource({
    // Rank 0 sends domain 1 expert 1, rank 1 experts 0 and 2: 0.4 and 1 - 0.8 · 0.4 = 0.68.
    "0, 1, 0.54",
    // Rank 4 sends domain 0 expert 0, rank 5 none.
    "2, 0, 0.1",
    // Rank 2 sends domain 2 experts 2 and 3, rank 3 experts 1 and 3: 0.92 and 0.88.
    "1, 2, 0.9",
  })
  void copiesOfLoads_areEachRanksOwn(int home, int domain, double copies) {
    PlacementTally tally = tally(LayerRouting.ofLoads(new double[] {1, 2, 3, 4}, 2));
    assertEquals(copies, tally.copiesToDomain(home, domain), ROUNDING);
  }
}
