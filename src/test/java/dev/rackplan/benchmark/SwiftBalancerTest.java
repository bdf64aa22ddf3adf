package dev.rackplan.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** One rebalancing of small layers, worked by hand. */
class SwiftBalancerTest {

  /** GPUs with 8 + 6 and 1 + 3: exchanging 6 for 1 leaves 9 and 9. */
  @Test
  void hottestGpu_exchangesTheExpertsThatLeaveTheLeastMaximum() {
    ExpertMap after =
        SwiftBalancer.rebalance(
            new ExpertMap(new int[] {0, 1, 2, 3}, 2), new double[] {8, 6, 1, 3});

    assertEquals(new ExpertMap(new int[] {0, 2, 1, 3}, 2), after);
  }

  /** A mean of 10 and a slowest GPU of 10.05: less than 1% is gained, nothing moves. */
  @Test
  void balancedLayer_stays() {
    ExpertMap running = new ExpertMap(new int[] {0, 1, 2, 3}, 2);
    assertSame(running, SwiftBalancer.rebalance(running, new double[] {5.05, 5, 5, 4.95}));
  }

  /**
   * Six slots, experts 0 to 3 first on GPUs 0, 1, 2, 0 and two further copies of expert 3 on GPUs 1
   * and 2. Expert 0 has 12: both go to it, 4 a copy.
   */
  @Test
  void redundantSlots_areDealtAnewToTheHottest_oneMoveBetweenTwoGpus() {
    ExpertMap running = new ExpertMap(new int[] {0, 3, 1, 3, 2, 3}, 3);
    ExpertMap after = SwiftBalancer.rebalance(running, new double[] {12, 4, 4, 1});

    assertEquals(new ExpertMap(new int[] {0, 3, 1, 0, 2, 0}, 3), after);
  }

  @Test
  void changes_areAtMostOneExpertFromAnyGpuToAnyOther() {
    double[] loads = new double[32];
    Arrays.setAll(loads, e -> 1 + e * 37 % 32);
    int[] slots = new int[40];
    Arrays.setAll(slots, slot -> slot % 32);
    ExpertMap running = new ExpertMap(slots, 4);
    ExpertMap after = SwiftBalancer.rebalance(running, loads);

    assertEquals(0, after.secondCopies().length);
    assertTrue(SwiftBalancer.imbalance(after, loads) < SwiftBalancer.imbalance(running, loads));
    for (int gpu = 0; gpu < 4; gpu++) {
      int place = gpu;
      long came =
          Arrays.stream(after.expertsOf(gpu))
              .filter(e -> Arrays.stream(running.expertsOf(place)).noneMatch(old -> old == e))
              .count();
      // From each of three others a copy, and an expert of an exchange.
      assertTrue(came <= 6, after.toString());
    }
  }
}
