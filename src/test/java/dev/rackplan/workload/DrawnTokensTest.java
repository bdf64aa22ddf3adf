package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.MoeFfn;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrawnTokensTest {
  private static final MoeFfn GROUPED = new MoeFfn(64, 6, 1, 0, 0, 1, 8, 3);
  private static final MoeFfn PLAIN = new MoeFfn(64, 6, 1, 0, 0, 1, 1, 1);

  private static LayerRouting loads() {
    return LayerRouting.ofLoads(
        IntStream.range(0, 64).mapToDouble(e -> 1 + e % 7 + (e == 9 ? 12 : 0)).toArray(), 6);
  }

  @Test
  void tokens_useNoMoreGroupsThanTheGateLetsThem_andNoExpertTwice() {
    LayerRouting drawn = loads().asChosenBy(GROUPED);

    assertTrue(drawn.isDrawn());
    assertTrue(drawn.tokens() > 1000);
    for (int token = 0; token < drawn.tokens(); token++) {
      int of = token;
      assertTrue(IntStream.range(0, 6).map(j -> drawn.choice(of, j) / 8).distinct().count() <= 3);
      assertEquals(6, IntStream.range(0, 6).map(j -> drawn.choice(of, j)).distinct().count());
    }
  }

  @Test
  void loads_areThoseGiven_andTheTokensHaveThemToo() {
    LayerRouting loads = loads();
    LayerRouting drawn = loads.asChosenBy(GROUPED);
    int[] counts = new int[64];
    for (int token = 0; token < drawn.tokens(); token++) {
      for (int j = 0; j < 6; j++) {
        counts[drawn.choice(token, j)]++;
      }
    }
    double off = 0;
    for (int e = 0; e < 64; e++) {
      assertEquals(loads.frequency(e), drawn.frequency(e));
      off += Math.abs(counts[e] - loads.frequency(e) * drawn.tokens());
    }
    assertTrue(off < 0.005 * 6 * drawn.tokens(), "off by " + off);
  }

  @Test
  void withoutAGroupLimit_orWithTokens_nothingIsDrawn() {
    LayerRouting loads = loads();
    assertSame(loads, loads.asChosenBy(PLAIN));
    assertFalse(loads.isDrawn());
    LayerRouting recorded = LayerRouting.ofTokens(64, 6, new int[] {0, 1, 2, 3, 4, 5});
    assertSame(recorded, recorded.asChosenBy(GROUPED));
  }

  @Test
  void otherLoads_areDrawnAnew_andFewerTokensKeepTheLoads() {
    LayerRouting drawn = loads().asChosenBy(GROUPED);
    assertEquals(drawn, loads().asChosenBy(GROUPED));
    double[] even = new double[64];
    Arrays.fill(even, 1);
    LayerRouting other = drawn.withLoads(even);
    assertTrue(other.isDrawn());
    assertNotEquals(drawn, other);
    LayerRouting thinned = drawn.thinned(100);
    assertEquals(100, thinned.tokens());
    assertEquals(drawn.frequency(9), thinned.frequency(9));
  }
}
