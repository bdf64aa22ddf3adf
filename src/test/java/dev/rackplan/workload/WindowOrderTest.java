package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whether the order of windows tells anything, and what windows weigh where it doesn't. */
class WindowOrderTest {
  private static final int EXPERTS = 32;
  private static final int RECORDS = 100;

  private static RoutingProfile window(double[] loads) {
    return new RoutingProfile("w", 1, List.of(LayerRouting.ofLoads(loads, 1)));
  }

  private static double[] drawn(SplitMix64 random) {
    return IntStream.range(0, EXPERTS)
        .mapToDouble(e -> StrictMath.exp(0.5 * random.nextNormal()))
        .toArray();
  }

  private static List<RoutingProfile> independent(int count, int record) {
    SplitMix64 random = SplitMix64.stream(7, record);
    List<RoutingProfile> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      windows.add(window(drawn(random)));
    }
    return windows;
  }

  private static List<RoutingProfile> walk(int count, int record) {
    RoutingProfile first = window(drawn(SplitMix64.stream(8, record)));
    Routing routing = new Routing(List.of(new Scenario("mean", List.of(first))), List.of());
    return RoutingWindows.of(routing, count, record);
  }

  @Test
  void walks_areToldFromTheirOrder() {
    for (int record = 0; record < 20; record++) {
      assertTrue(WindowOrder.tells(walk(6, record)), "walk " + record);
      assertTrue(RoutingWindows.foretellingKeep(walk(6, record)) < 1, "walk " + record);
    }
  }

  /** At the level of the test, 5 of 100, with chance around that. */
  @Test
  void independentWindows_areSeldomTakenForAWalk() {
    long taken =
        IntStream.range(0, RECORDS).filter(i -> WindowOrder.tells(independent(6, i))).count();

    assertTrue(taken <= 12, taken + " of " + RECORDS);
    assertTrue(taken > 0, "a test that never errs has another level");
  }

  /**
   * The last window is near the one before and would be foretold best by it alone; but other orders
   * are as short, so that this is chance and all windows weigh alike.
   */
  @Test
  void nearnessOfTwoWindows_isNoWalk() {
    double[] a = {9, 1, 1, 1};
    double[] b = {1, 9, 1, 1};
    List<RoutingProfile> windows =
        List.of(a, b, a, b, b).stream().map(WindowOrderTest::window).toList();

    assertFalse(WindowOrder.tells(windows));
    assertEquals(1, RoutingWindows.foretellingKeep(windows));
  }

  @Test
  void aWayAndTheSameBackwards_areEquallyLong() {
    List<RoutingProfile> windows = walk(5, 3);
    List<RoutingProfile> backwards = new ArrayList<>(windows);
    Collections.reverse(backwards);

    assertEquals(WindowOrder.tells(windows), WindowOrder.tells(backwards));
  }

  /** Three windows, of which the first two are far apart and the others near: the shortest way. */
  @Test
  void threeWindows_tellByTheShortestWay() {
    List<double[]> loads = List.of(new double[] {9, 1}, new double[] {3, 3}, new double[] {1, 9});

    assertTrue(WindowOrder.tells(loads.stream().map(WindowOrderTest::window).toList()));
    assertFalse(
        WindowOrder.tells(
            List.of(loads.get(0), loads.get(2), loads.get(1)).stream()
                .map(WindowOrderTest::window)
                .toList()));
  }
}
