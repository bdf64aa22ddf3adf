package dev.rackplan.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.DrawnSteps;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Steps whose routing is drawn, and what two plans differ by on them. */
class SteppedGainTest {
  private static final int[][] ONE_DOMAIN = {{4}};

  private static SmallCase small(Known known, int sequences) {
    return SmallCase.random(
            new Lcg(11),
            new Size(ONE_DOMAIN, 8, 2, 2, 1),
            DispatchRule.EVEN,
            CopyRule.PER_DOMAIN,
            known)
        .withSequences(sequences);
  }

  private static Plan plan(SmallCase small, ExpertMap map) {
    List<Integer> gpus = IntStream.range(0, small.layout().gpusPerStage()).boxed().toList();
    return new Plan(small.layout(), List.of(new Stage(0, 0, gpus)), new TreeMap<>(Map.of(0, map)));
  }

  private static Evaluation evaluate(SmallCase small, int... slots) {
    return new Evaluator(small.problem()).evaluate(plan(small, new ExpertMap(slots, 4)));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void meanOfDrawnSteps_isWhatTheStepIsCostedAt() {
    for (int sequences : new int[] {4, 64, 4096}) {
      SmallCase small = small(Known.LOADS, sequences);
      Evaluation plan = evaluate(small, 0, 1, 2, 3, 4, 5, 6, 7);
      assertEquals(DrawnSteps.STEPS, plan.drawnStepSeconds().size());
      assertEquals(plan.stepSeconds(), mean(plan.drawnStepSeconds()), 0.1 * plan.stepSeconds());
    }
  }

  @Test
  void stepsWithMoreTokens_moveLess() {
    double few = relativeDeviation(small(Known.LOADS, 8));
    double many = relativeDeviation(small(Known.LOADS, 8192));
    assertTrue(many < few, many + " and " + few);
  }

  private static double relativeDeviation(SmallCase small) {
    List<Double> steps = evaluate(small, 0, 1, 2, 3, 4, 5, 6, 7).drawnStepSeconds();
    double mean = mean(steps);
    return Math.sqrt(mean(steps.stream().map(step -> (step - mean) * (step - mean)).toList()))
        / mean;
  }

  @Test
  void samePlan_gainsNothingInAnyStep() {
    SmallCase small = small(Known.TOKENS, 64);
    SteppedGain gain =
        SteppedGain.of(
            evaluate(small, 0, 1, 2, 3, 4, 5, 6, 7), evaluate(small, 0, 1, 2, 3, 4, 5, 6, 7));
    assertEquals(new SteppedGain(0, 0), gain);
  }

  @Test
  void renamedGpus_gainLessThanSingleStepsDiffer() {
    SmallCase small = small(Known.LOADS, 64);
    Evaluation plan = evaluate(small, 0, 1, 2, 3, 4, 5, 6, 7);
    Evaluation renamed = evaluate(small, 6, 7, 4, 5, 2, 3, 0, 1);
    assertEquals(plan.stepSeconds(), renamed.stepSeconds(), 1e-9 * plan.stepSeconds());
    assertEquals(0, SteppedGain.of(plan, renamed).seconds(), 1e-9 * plan.stepSeconds());
  }

  @Test
  void gainIsWithinNoise_whereSingleStepsDifferByMore() {
    assertTrue(new SteppedGain(1e-5, 2e-5).isWithinNoise());
    assertTrue(new SteppedGain(-1e-5, 2e-5).isWithinNoise());
    assertFalse(new SteppedGain(3e-5, 2e-5).isWithinNoise());
  }
}
