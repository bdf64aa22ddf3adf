package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The host's part of an optimizer step. */
class HostOptimizerTest {
  // 7 streams of 4 bytes at 15 GB/s, 4 and 2 bytes at 50 GB/s, for 1e9 weights.
  @Test
  void hostStreamsStatesAndSendsWeights() {
    assertEquals(28 / 15.0 + 6 / 50.0, HostOptimizer.seconds(1e9, 4, 2), 1e-12);
    assertEquals(0, HostOptimizer.seconds(0, 4, 2));
  }
}
