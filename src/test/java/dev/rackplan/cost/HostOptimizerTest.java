package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import org.junit.jupiter.api.Test;

/** The host's part of an optimizer step. */
class HostOptimizerTest {
  private static final GpuSpec GPU =
      TrainingCase.problem(
              TrainingCase.training(
                  PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, Recompute.NONE, true),
              2,
              1)
          .topology()
          .gpus()
          .get(0)
          .spec();

  // 7 streams of 4 bytes at 15 GB/s, 4 and 2 bytes at 50 GB/s, for 1e9 weights.
  @Test
  void hostStreamsStatesAndSendsWeights() {
    assertEquals(28 / 15.0 + 6 / 50.0, HostOptimizer.seconds(GPU, 1e9, 4, 2), 1e-12);
    assertEquals(0, HostOptimizer.seconds(GPU, 0, 4, 2));
  }
}
