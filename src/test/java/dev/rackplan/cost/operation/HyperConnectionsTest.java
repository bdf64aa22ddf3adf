package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.Layer;
import org.junit.jupiter.api.Test;

/** By hand, of 4 streams of 1,000 elements. */
class HyperConnectionsTest {
  private static final HyperConnections FOUR = new HyperConnections(4, 1000);

  // 18 vectors of 2,000 bytes for each of two sublayers; a residual addition has 3.
  @Test
  void streams_areReadThriceAndWrittenOnce() {
    assertEquals(2 * 18 * 2000, FOUR.movedBytes());
  }

  // 20 layers: sqrt(4 · 40 / 6) = 5.2 sublayers a block, so 8 blocks.
  @Test
  void blocks_needTheLeastMemory() {
    assertEquals(8 * 4 * 2000, FOUR.keptBytes(20));
    assertEquals(5 * 6 * 2000, FOUR.againBytes(20));
    double least = FOUR.keptBytes(20) + FOUR.againBytes(20);
    for (int block = 1; block <= 40; block++) {
      assertTrue(Math.ceil(40.0 / block) * 8000 + block * 12000 >= least - 12000, "" + block);
    }
  }

  @Test
  void anOrdinaryResidual_keepsNothingMore() {
    HyperConnections one = new HyperConnections(1, 1000);
    assertFalse(one.mixes());
    assertEquals(0, one.keptBytes(20));
    assertEquals(0, one.againBytes(20));
  }

  @Test
  void catalogue_knowsWhichModelsMix() {
    for (Layer layer : ModelCatalog.read("deepseek-v4-flash").layers()) {
      assertEquals(4, layer.streams());
      assertEquals(4, layer.boundaryResiduals());
    }
    // Its boundaries carry earlier blocks' residuals, which no layer mixes.
    assertTrue(
        ModelCatalog.read("kimi-k3").layers().stream().allMatch(layer -> layer.streams() == 1));
  }
}
