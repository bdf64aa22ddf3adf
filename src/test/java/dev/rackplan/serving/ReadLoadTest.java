package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Batching.Order;
import org.junit.jupiter.api.Test;

/** Prompts of 400 tokens take 40 ms on one rank. */
class ReadLoadTest {
  private static final StepTimes TIMES = new StepTimes((sequences, prompts) -> prompts * 1e-4, 400);
  private static final Goal GOAL = FoundTest.goal(400, 0, 10);

  private static EngineSteps steps(int ranks, double held) {
    StepTimes slowest = new StepTimes((sequences, prompts) -> held * prompts * 1e-4, 400);
    return new EngineSteps(
        TIMES,
        new EngineSteps.Prompts(TIMES, TIMES, slowest, slowest),
        ranks,
        held < 1 ? 2 : 1,
        new Batching(Order.PROMPTS_FIRST, 400, 64, true),
        EngineHost.NONE);
  }

  // Half busy: half a service more (M/D/1); two instances wait a sixth (M/D/2), and a little more.
  @Test
  void instances_haveOneQueue() {
    assertEquals(0.060, new ReadLoad(steps(1, 1), GOAL, 1).seconds(12.5), 1e-9);
    double sixth = (1 + (Math.sqrt(14) - 2) / 32) / 6;
    assertEquals(0.040 * (1 + sixth), new ReadLoad(steps(1, 1), GOAL, 2).seconds(12.5), 1e-9);
  }

  // Two stages of 20 ms: a second prompt waits for the first stage alone.
  @Test
  void pipeline_isHeldByItsSlowestStage() {
    ReadLoad staged = new ReadLoad(steps(1, 0.5), GOAL, 1);
    assertEquals(50, staged.most(), 1e-9);
    assertEquals(0.040 + 0.010, staged.seconds(25), 1e-9);
  }

  // A prompt that comes while the other rank reads waits for the end of its step.
  @Test
  void ranks_stepTogether() {
    double two = new ReadLoad(steps(2, 1), GOAL, 1).seconds(10);
    assertTrue(two > new ReadLoad(steps(1, 1), GOAL, 2).seconds(5));
    assertTrue(two < new ReadLoad(steps(1, 1), GOAL, 1).seconds(10));
    assertEquals(0.04, new ReadLoad(steps(2, 1), GOAL, 1).seconds(1e-6), 1e-6);
  }

  @Test
  void limit_isReachedAndKept() {
    ReadLoad one = new ReadLoad(steps(1, 1), GOAL, 1);
    assertEquals(0.060, one.seconds(one.within(0.060, 0.95)), 1e-5);
    assertEquals(0.95 * 25, one.within(9, 0.95), 1e-9);
    assertEquals(0, one.within(0.030, 0.95));
  }
}
