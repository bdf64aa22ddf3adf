package dev.rackplan.cost.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.cost.PipelineSimulation;
import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Formulas against figures worked by hand and against schedules run pass by pass. */
class ScheduleTimeTest {
  private static StagePasses passes(double forward, double input, double weight) {
    return new StagePasses(forward + input + weight, forward, input + weight, weight);
  }

  private static List<StagePasses> even(StagePasses stage, int count) {
    return Collections.nCopies(count, stage);
  }

  private static double seconds(
      PipelineSchedule schedule, int virtualStages, int microBatches, List<StagePasses> stages) {
    return ScheduleTime.seconds(schedule, virtualStages, microBatches, stages);
  }

  // Stages of F 3, 5, 4, 2, B 7, 9, 10, 5, W 3, 4, 5, 2; T 10, 14, 14, 7 = 45; M 8.
  // 1F1B 45 + 7·14; v 2: 8·14 + 31/2; ZB 8·14 + (10-6) + (14-10) + (7-4): stage 1 is the slowest.
  // DualPipe, side by side 9, 12, 13, 6: pairs (0, 3) 7.5, (1, 2) 12.5 with F 4.5, B 9.5, W 4.5:
  // 4·12.5 + 4·14 + 1·(12.5 + 9.5 - 13.5).
  @ParameterizedTest
  @CsvSource({
    "ONE_FORWARD_ONE_BACKWARD, 1, 143",
    "INTERLEAVED, 2, 127.5",
    "ZERO_BUBBLE, 1, 123",
    "DUAL_PIPE, 1, 114.5"
  })
  void unevenStages_areWorkedByHand(PipelineSchedule schedule, int virtualStages, double expected) {
    double[] side =
        schedule == PipelineSchedule.DUAL_PIPE
            ? new double[] {9, 12, 13, 6}
            : new double[] {10, 14, 14, 7};
    List<StagePasses> stages =
        List.of(
            new StagePasses(side[0], 3, 7, 3),
            new StagePasses(side[1], 5, 9, 4),
            new StagePasses(side[2], 4, 10, 5),
            new StagePasses(side[3], 2, 5, 2));
    assertEquals(expected, seconds(schedule, virtualStages, 8, stages));
  }

  @Test
  void evenStages_haveThePublishedBubble() {
    for (int stages : new int[] {2, 4, 8}) {
      for (int batches : new int[] {2 * stages, 5 * stages}) {
        double step =
            seconds(
                PipelineSchedule.ONE_FORWARD_ONE_BACKWARD,
                1,
                batches,
                even(passes(1, 1, 1), stages));
        double bubble = 1 - 3.0 * batches / step;
        assertEquals((stages - 1.0) / (batches + stages - 1), bubble, 1e-12);
        // The zero-bubble paper: a third of 1F1B's bubble where F = B = W.
        double zero =
            seconds(PipelineSchedule.ZERO_BUBBLE, 1, batches, even(passes(1, 1, 1), stages));
        assertEquals((step - 3 * batches) / 3, zero - 3 * batches, 1e-12);
      }
    }
  }

  @Test
  void oneForwardOneBackward_takesWhatTheScheduleTakes() {
    Lcg random = new Lcg(7);
    for (int i = 0; i < 2000; i++) {
      int stages = random.in(1, 7);
      int batches = random.in(1, 14);
      int ratio = random.in(1, 3);
      List<StagePasses> passes = new ArrayList<>();
      double sum = 0;
      double most = 0;
      for (int s = 0; s < stages; s++) {
        int forward = random.in(1, 9);
        passes.add(passes(forward, ratio * forward - 1, 1));
        sum += passes.get(s).seconds();
        most = Math.max(most, passes.get(s).seconds());
      }
      double formula = seconds(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, batches, passes);
      double run = PipelineSimulation.oneForwardOneBackward(passes, batches);
      assertTrue(run <= formula, "never too short");
      assertTrue(formula - run <= sum - most, "at most one way through the other stages too long");
      if (passes.get(stages - 1).seconds() == most) {
        assertEquals(formula, run, "exact with the slowest stage last, so for even stages");
      }
    }
  }

  @Test
  void oneForwardOneBackward_isNearTheScheduleWhereStagesDifferInShape() {
    Lcg random = new Lcg(8);
    double worst = 0;
    for (int i = 0; i < 2000; i++) {
      int stages = random.in(1, 7);
      List<StagePasses> passes = new ArrayList<>();
      for (int s = 0; s < stages; s++) {
        passes.add(passes(random.in(1, 9), random.in(1, 9), random.in(0, 9)));
      }
      int batches = random.in(1, 14);
      double formula = seconds(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, batches, passes);
      double run = PipelineSimulation.oneForwardOneBackward(passes, batches);
      worst = Math.max(worst, run / formula - 1);
    }
    assertTrue(worst > 0 && worst < 0.1, "too short by " + worst);
  }

  @ParameterizedTest
  @CsvSource({"1, 3, 4", "2, 2, 6", "4, 1, 12", "4, 2, 8", "4, 3, 12", "6, 4, 6"})
  void interleaved_takesWhatTheScheduleTakes(int stages, int virtualStages, int batches) {
    StagePasses stage = passes(12, 13, 11);
    assertEquals(
        PipelineSimulation.interleaved(stage, stages, virtualStages, batches),
        seconds(PipelineSchedule.INTERLEAVED, virtualStages, batches, even(stage, stages)),
        1e-9);
  }

  @ParameterizedTest
  @CsvSource({"1, 3", "2, 6", "4, 4", "4, 12", "8, 8", "8, 24"})
  void zeroBubble_takesWhatTheScheduleTakes(int stages, int batches) {
    StagePasses equal = passes(10, 10, 10);
    assertEquals(
        PipelineSimulation.zeroBubble(equal, stages, batches),
        seconds(PipelineSchedule.ZERO_BUBBLE, 1, batches, even(equal, stages)),
        1e-9);
    // Where input gradients take longer, the schedule lies between the formula and 1F1B.
    StagePasses unequal = passes(10, 12, 9);
    double run = PipelineSimulation.zeroBubble(unequal, stages, batches);
    assertTrue(
        seconds(PipelineSchedule.ZERO_BUBBLE, 1, batches, even(unequal, stages)) <= run + 1e-9);
    assertTrue(
        run
            <= seconds(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, batches, even(unequal, stages))
                + 1e-9);
  }

  @ParameterizedTest
  @CsvSource({"2, 4", "2, 8", "4, 8", "4, 16", "8, 32", "16, 64", "16, 120"})
  void dualPipe_takesWhatTheScheduleTakes(int stages, int batches) {
    // Side by side as long as one after the other, and a fourth shorter.
    for (StagePasses stage : List.of(passes(10, 10, 10), new StagePasses(22.5, 10, 20, 10))) {
      assertEquals(
          PipelineSimulation.dualPipe(stage, stages, batches),
          seconds(PipelineSchedule.DUAL_PIPE, 1, batches, even(stage, stages)),
          1e-9);
    }
    StagePasses unequal = new StagePasses(25, 10, 20, 8);
    double run = PipelineSimulation.dualPipe(unequal, stages, batches);
    double formula = seconds(PipelineSchedule.DUAL_PIPE, 1, batches, even(unequal, stages));
    assertTrue(run <= formula && formula <= 1.02 * run, run + " against " + formula);
  }

  @ParameterizedTest
  @EnumSource(PipelineSchedule.class)
  void moreMicroBatches_neverGrowTheBubble(PipelineSchedule schedule) {
    Lcg random = new Lcg(9);
    for (int i = 0; i < 300; i++) {
      int stages = 2 * random.in(1, 4);
      List<StagePasses> passes = new ArrayList<>();
      double sum = 0;
      for (int s = 0; s < stages; s++) {
        passes.add(passes(random.in(1, 9), random.in(1, 9), random.in(1, 9)));
        sum += passes.get(s).seconds();
      }
      int virtualStages = schedule == PipelineSchedule.INTERLEAVED ? 3 : 1;
      double before = 1;
      for (int batches = 2 * stages; batches <= 6 * stages; batches += stages) {
        double bubble =
            1 - batches * sum / stages / seconds(schedule, virtualStages, batches, passes);
        assertTrue(bubble <= before + 1e-12 && bubble >= -1e-12);
        before = bubble;
      }
    }
  }

  @Test
  void interleaved_withOneChunkIsOneForwardOneBackward() {
    List<StagePasses> stages = List.of(passes(3, 2, 4), passes(5, 5, 1), passes(1, 7, 2));
    assertEquals(
        seconds(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, 6, stages),
        seconds(PipelineSchedule.INTERLEAVED, 1, 6, stages));
  }
}
