package dev.rackplan.cost.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.cost.PipelineSimulation;
import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs against a second telling of how devices work, formulas and bounds. */
class PipelineRunTest {
  private static final StagePasses STAGE = new StagePasses(9, 3, 7, 3);

  private static PipelineRun run(
      PipelineSchedule schedule, int chunks, int batches, List<StagePasses> stages, double hop) {
    double[] hops = new double[stages.size()];
    Arrays.fill(hops, hop);
    return PipelineRun.of(schedule, chunks, batches, stages, hops);
  }

  @Test
  void evenStages_takeWhatTheTwinTakes() {
    List<StagePasses> stages = Collections.nCopies(4, STAGE);
    assertEquals(
        PipelineSimulation.oneForwardOneBackward(stages, 9),
        run(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, 9, stages, 0).seconds());
    assertEquals(
        PipelineSimulation.interleaved(STAGE, 4, 3, 12),
        run(PipelineSchedule.INTERLEAVED, 3, 12, stages, 0).seconds(),
        1e-9);
    assertEquals(
        PipelineSimulation.zeroBubble(STAGE, 4, 9),
        run(PipelineSchedule.ZERO_BUBBLE, 1, 9, stages, 0).seconds());
    assertEquals(
        PipelineSimulation.dualPipe(STAGE, 4, 12),
        run(PipelineSchedule.DUAL_PIPE, 1, 12, stages, 0).seconds());
  }

  // 2 stages of F 3 and B 7, hop 1, 2 micro-batches: stage 1 starts at 4, its passes take 20, and
  // the last gradient needs 1 and 7 more.
  @Test
  void hops_delayTheNextStage() {
    PipelineRun run =
        run(
            PipelineSchedule.ONE_FORWARD_ONE_BACKWARD,
            1,
            2,
            Collections.nCopies(2, new StagePasses(10, 3, 7, 3)),
            1);
    assertEquals(32, run.seconds());
    assertEquals(8, run.boxes().size());
    assertEquals(
        4, run.boxes().stream().filter(box -> box.device() == 1).findFirst().get().startSeconds());
  }

  @ParameterizedTest
  @EnumSource(PipelineSchedule.class)
  void boxes_endWithTheTotalAndNeverOverlapOnADevice(PipelineSchedule schedule) {
    Lcg random = new Lcg(5);
    for (int i = 0; i < 50; i++) {
      int devices = 2 * random.in(1, 3);
      int batches = devices * random.in(2, 4);
      List<StagePasses> stages = new ArrayList<>();
      double[] busy = new double[devices];
      for (int s = 0; s < devices; s++) {
        double forward = random.in(1, 9);
        double inputs = random.in(1, 9);
        double weights = random.in(0, 9);
        double apart = forward + inputs + weights;
        double seconds =
            schedule == PipelineSchedule.DUAL_PIPE ? Math.max(forward, inputs + weights) : apart;
        stages.add(new StagePasses(seconds, forward, inputs + weights, weights));
      }
      PipelineRun run = run(schedule, 2, batches, stages, 0.5);
      double last = 0;
      for (PipelineRun.Box box : run.boxes()) {
        last = Math.max(last, box.endSeconds());
        busy[box.device()] = Math.max(busy[box.device()], box.endSeconds());
      }
      assertEquals(run.seconds(), last);
      assertTrue(run.seconds() >= leastSeconds(schedule, batches, stages), "below the bound");
    }
  }

  private static double leastSeconds(
      PipelineSchedule schedule, int batches, List<StagePasses> stages) {
    double most = 0;
    double sum = 0;
    for (StagePasses stage : stages) {
      most = Math.max(most, stage.seconds());
      sum += stage.seconds();
    }
    int chunks = schedule == PipelineSchedule.INTERLEAVED ? 2 : 1;
    double share = 1 - Math.pow(1 - 1.0 / (chunks * batches), stages.size());
    return switch (schedule) {
      case ONE_FORWARD_ONE_BACKWARD, INTERLEAVED -> Math.max(batches * most, sum / chunks / share);
      case ZERO_BUBBLE -> batches * most;
      case DUAL_PIPE -> batches * sum / stages.size();
    };
  }

  @Test
  void broken_schedulesDoNotRun() {
    assertFalse(PipelineRun.runs(PipelineSchedule.INTERLEAVED, 4, 6));
    assertFalse(PipelineRun.runs(PipelineSchedule.DUAL_PIPE, 4, 6));
    assertFalse(PipelineRun.runs(PipelineSchedule.DUAL_PIPE, 3, 12));
    assertTrue(PipelineRun.runs(PipelineSchedule.DUAL_PIPE, 4, 8));
    assertTrue(PipelineRun.runs(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 5, 3));
  }
}
