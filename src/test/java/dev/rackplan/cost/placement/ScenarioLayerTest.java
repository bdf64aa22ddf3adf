package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScenarioLayerTest {
  // Five tokens that choose 1 of 3 experts at a weight of 0.75, and loads at 0.25.
  private static ScenarioLayer layer() {
    LayerRouting tokens = LayerRouting.ofTokens(3, 1, new int[] {0, 0, 1, 2, 1});
    LayerRouting loads = LayerRouting.ofLoads(new double[] {0, 0, 4}, 1);
    return new ScenarioLayer(
        new Scenario(
            "mixed",
            List.of(
                new RoutingProfile("tokens", 0.75, List.of(tokens)),
                new RoutingProfile("loads", 0.25, List.of(loads)))),
        0);
  }

  @Test
  void parts_followOneAnother_eachWithAllOfTheTraffic() {
    List<ScenarioLayer> parts = layer().parts(2);

    assertEquals(2, parts.get(0).tokens());
    assertEquals(3, parts.get(1).tokens());
    assertEquals(0.75, parts.get(0).frequency(0), 1e-12);
    assertEquals(0, parts.get(0).frequency(1), 1e-12);
    assertEquals(0.25, parts.get(0).frequency(2), 1e-12);
    assertEquals(0.5, parts.get(1).frequency(1), 1e-12);
    assertEquals(0.5, parts.get(1).frequency(2), 1e-12);
    assertEquals(FixedPoint.of(0.25), parts.get(1).tokenWeight(2));
    assertEquals(1, parts.get(1).loadProfiles());
  }

  @Test
  void onePart_isTheLayerItself() {
    ScenarioLayer layer = layer();

    assertSame(layer, layer.parts(1).get(0));
    assertEquals(5, layer.fewestTokens());
  }

  @Test
  void windows_haveLoadsOfTheirOwn_andTheSameTokens() {
    ScenarioLayer layer = layer();
    ScenarioLayer windows = layer.inWindows(2);

    assertEquals(0, layer.windows());
    assertEquals(2, windows.windows());
    // Tokens 0, 0 and then 1, 2, 1 at a weight of 0.75; expert 2 has all of the loads.
    double[] expected = {0.75, 0, 0, 0.5, 0.25, 0.5};
    assertArrayEquals(expected, windows.windowFrequency(), 1e-12);
    assertEquals(5, windows.tokens());
    assertEquals(layer.frequency(1), windows.frequency(1));
    assertSame(layer, layer.inWindows(1));
  }

  @Test
  void sets_weighWhatTheirTokensWeigh() {
    TokenSets sets = layer().tokenSets();

    assertEquals(1, sets.words());
    assertArrayEquals(new long[] {0b10100}, sets.of(1));
    assertEquals(2 * FixedPoint.of(0.15), sets.weigh(sets.of(1)));
    assertEquals(4, sets.token(0, 4));
  }
}
