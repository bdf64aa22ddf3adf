package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows of each kind of routing, and their mixture. */
class RoutingWindowsTest {
  private static RoutingProfile profile(String name, double weight, LayerRouting layer) {
    return new RoutingProfile(name, weight, List.of(layer));
  }

  private static Routing mean(RoutingProfile... profiles) {
    return new Routing(List.of(new Scenario("mean", List.of(profiles))), List.of());
  }

  private static LayerRouting tokens(int... choices) {
    return LayerRouting.ofTokens(3, 1, choices);
  }

  @Test
  void tokens_areCutInTheirOrder_thoseKeptBackLast() {
    Routing routing =
        new Routing(
            List.of(new Scenario("a", List.of(profile("a", 1, tokens(0, 0, 1))))),
            List.of(new Scenario("b", List.of(profile("b", 1, tokens(2, 2, 1))))));

    List<RoutingProfile> windows = RoutingWindows.of(routing, 3, 0);

    assertEquals(
        List.of(tokens(0, 0), tokens(1, 2), tokens(2, 1)),
        windows.stream().map(window -> window.layers().get(0)).toList());
    assertThrows(IllegalArgumentException.class, () -> RoutingWindows.of(routing, 7, 0));
  }

  @Test
  void profiles_areWindowsInTheirOrder() {
    LayerRouting first = LayerRouting.ofLoads(new double[] {3, 1, 1}, 1);
    LayerRouting second = LayerRouting.ofLoads(new double[] {1, 1, 3}, 1);

    List<RoutingProfile> windows =
        RoutingWindows.of(mean(profile("x", 0.25, first), profile("y", 0.75, second)), 8, 0);

    assertEquals(List.of("x", "y"), windows.stream().map(RoutingProfile::name).toList());
    assertEquals(
        List.of(first, second), windows.stream().map(window -> window.layers().get(0)).toList());
  }

  @Test
  void loads_walkFromThemselves_bySeed() {
    Routing routing = mean(profile("x", 1, LayerRouting.ofLoads(new double[] {8, 4, 2, 1}, 2)));

    List<RoutingProfile> windows = RoutingWindows.of(routing, 4, 1);

    assertEquals(routing.scenarios().get(0).profiles().get(0).layers(), windows.get(0).layers());
    assertNotEquals(windows.get(0).layers(), windows.get(1).layers());
    assertEquals(windows.get(3).layers(), RoutingWindows.of(routing, 4, 1).get(3).layers());
    assertNotEquals(windows.get(3).layers(), RoutingWindows.of(routing, 4, 2).get(3).layers());
  }

  /** Kept at a half, windows weigh 1, 2 and 4 of 7; at 1 a third each; at 0 the last alone. */
  @Test
  void mixture_weighsEachWindowByHowLongAgoItWas() {
    List<RoutingProfile> windows =
        List.of(profile("a", 1, tokens(0)), profile("b", 1, tokens(1)), profile("c", 1, tokens(2)));

    assertEquals(List.of(1 / 7.0, 2 / 7.0, 4 / 7.0), weights(windows, 0.5));
    assertEquals(List.of(1 / 3.0, 1 / 3.0, 1 / 3.0), weights(windows, 1));
    assertEquals(List.of(1.0), weights(windows, 0));
    assertThrows(IllegalArgumentException.class, () -> RoutingWindows.mixed(windows, 1.1));
  }

  private static List<Double> weights(List<RoutingProfile> windows, double keep) {
    return RoutingWindows.mixed(windows, keep).profiles().stream()
        .map(RoutingProfile::weight)
        .toList();
  }

  /** Loads that come and go at random are foretold by all windows, those that stay by the last. */
  @Test
  void weight_isWhatWouldHaveForetoldTheWindowsBest() {
    List<RoutingProfile> toAndFro =
        List.of(loads(5, 1), loads(1, 5), loads(5, 1), loads(1, 5), loads(5, 1), loads(1, 5));
    List<RoutingProfile> forGood =
        List.of(loads(5, 1), loads(5, 1), loads(1, 5), loads(1, 5), loads(1, 5), loads(1, 5));

    assertEquals(1, RoutingWindows.foretellingKeep(toAndFro));
    assertEquals(0, RoutingWindows.foretellingKeep(forGood));
  }

  /**
   * Two windows have one mixture of those before, whatever they weigh: loads may last or not, of
   * tokens all are of use.
   */
  @Test
  void weight_ofWindowsThatTellNothing_isBetween() {
    List<RoutingProfile> changed = List.of(loads(5, 1), loads(1, 5));

    assertEquals(0.5, RoutingWindows.foretellingKeep(changed));
    assertEquals(0.5, RoutingWindows.foretellingKeep(changed.subList(0, 1)));
    assertEquals(
        1,
        RoutingWindows.foretellingKeep(
            List.of(profile("a", 1, tokens(0)), profile("b", 1, tokens(1)))));
    assertEquals(0, RoutingWindows.foretellingKeep(List.of(loads(5, 1), loads(1, 5), loads(1, 5))));
  }

  private static RoutingProfile loads(double first, double second) {
    return profile("w", 1, LayerRouting.ofLoads(new double[] {first, second, 3}, 1));
  }
}
