package dev.rackplan.cost.economics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** By hand: 54 days · 24 h · 16,384 GPUs / 419 interruptions = 50,676.5 GPU-hours. */
class TrainingRunTimeTest {
  private static final double DAY = 86_400;

  // M = 54·86,400 s/419 = 11,135.08 s; τ = √(2·30·M) = 817.38 s; τ/(τ+30) = 0.96460;
  // (τ/2 + 300)/M = 0.063645; share 0.96460·0.936355 = 0.90321.
  @Test
  void assumedTimes_leaveTheShareThatTheLlamaReportStates() {
    TrainingRunTime run = new TrainingRunTime(54 * DAY, 16_384, 30, 300);
    assertEquals(11_135.08, run.secondsBetweenInterruptions(), 0.01);
    assertEquals(817.38, run.checkpointIntervalSeconds(), 0.01);
    assertEquals(0.90321, run.effectiveShare(), 1e-5);
    assertEquals(54 / 0.90321, run.runSeconds() / DAY, 1e-3);
    assertEquals(419 / 0.90321, run.interruptions(), 0.02);
  }

  @Test
  void interval_isTheBestOneToFirstOrder() {
    TrainingRunTime run = new TrainingRunTime(DAY, 1024, 40, 100);
    double mean = run.secondsBetweenInterruptions();
    double best = run.checkpointIntervalSeconds();
    double least = 40 / best + best / 2 / mean;
    for (double other : new double[] {best / 2, best * 0.9, best * 1.1, 2 * best}) {
      assertTrue(40 / other + other / 2 / mean > least);
    }
  }

  @Test
  void hopelessRun_neverEnds() {
    TrainingRunTime run = new TrainingRunTime(DAY, 1_000_000, 30, 600);
    assertEquals(0, run.effectiveShare());
    assertEquals(Double.POSITIVE_INFINITY, run.runSeconds());
  }

  @Test
  void noWork_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TrainingRunTime(0, 8, 30, 300));
  }
}
