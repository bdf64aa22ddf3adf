package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ForetoldLoadsTest {
  private static final int EXPERTS = 32;

  private static LayerRouting window(int hot, double times) {
    double[] loads = new double[EXPERTS];
    Arrays.fill(loads, 1);
    loads[hot] = times;
    return LayerRouting.ofLoads(loads, 2);
  }

  private static double[] loads(LayerRouting routing) {
    return IntStream.range(0, EXPERTS).mapToDouble(routing::frequency).toArray();
  }

  @Test
  void oneWindow_saysNothingOfWhatMoves() {
    LayerRouting only = window(3, 4);
    double[][] next = ForetoldLoads.of(List.of(only), 1, 8, 0, 0);
    assertEquals(1, next.length);
    assertArrayEquals(loads(only), next[0], 1e-12);
  }

  @Test
  void loadsThatNeverMoved_areForetoldAsTheyWere() {
    LayerRouting same = window(3, 4);
    for (double[] next : ForetoldLoads.of(List.of(same, same, same), 0.5, 8, 0, 0)) {
      assertArrayEquals(loads(same), next, 1e-12);
    }
  }

  @Test
  void loadsThatMoved_moveAgain_withAsManyChoicesAToken() {
    List<LayerRouting> windows = List.of(window(3, 8), window(9, 8), window(20, 8));
    double[][] next = ForetoldLoads.of(windows, 0, 16, 5, 1);
    int cooled = 0;
    for (double[] row : next) {
      assertEquals(2, Arrays.stream(row).sum(), 1e-9);
      cooled += row[20] < 0.9 * windows.get(2).frequency(20) ? 1 : 0;
    }
    // What was hottest cooled each time.
    assertTrue(cooled > 0, Arrays.deepToString(next));
    assertArrayEquals(next, ForetoldLoads.of(windows, 0, 16, 5, 1));
  }
}
