package dev.rackplan.solver.experts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DomainPlacementTest {
  private static LayerProblem problem(int seed) {
    return problem(seed, new Size(new int[][] {{2}, {2}}, 6, 2, 10, 1));
  }

  private static LayerProblem problem(int seed, Size size) {
    return LayerSearchTest.layerProblem(
        SmallCase.random(
            new Lcg(seed), size, DispatchRule.NEAREST, CopyRule.PER_DOMAIN, Known.TOKENS));
  }

  @Test
  void hottest_haveACopyInEveryDomain_andNoGpuHoldsAnExpertTwice() {
    double[] frequency = {0.1, 0.9, 0.2, 0.5, 0.2, 0.1};
    for (int seed = 0; seed < 20; seed++) {
      LayerProblem problem = problem(seed);
      ExpertMap map =
          DomainPlacement.of(problem, frequency, new GpuSlots(10, 4), Partners.of(problem), 2);

      Set<Integer> seen = new HashSet<>();
      Set<Integer> domainsOfHottest = new HashSet<>();
      for (int slot = 0; slot < 10; slot++) {
        seen.add(map.expert(slot));
        if (map.expert(slot) == 1) {
          domainsOfHottest.add(problem.shape().domainOf(map.gpuOfSlot(slot)));
        }
      }
      assertEquals(6, seen.size());
      assertEquals(2, domainsOfHottest.size());
      assertEquals(0, map.secondCopies().length);
    }
  }

  @Test
  void domainsOfUnlikeSizes_areLoadedAlikeForEachGpu() {
    double[] frequency = new double[24];
    for (int expert = 0; expert < frequency.length; expert++) {
      frequency[expert] = (expert + 1) / 300.0;
    }
    for (int seed = 0; seed < 20; seed++) {
      LayerProblem problem = problem(seed, new Size(new int[][] {{4}, {2}}, 24, 2, 24, 1));
      ExpertMap map =
          DomainPlacement.of(problem, frequency, new GpuSlots(24, 6), Partners.of(problem), 0);

      double[] load = new double[6];
      for (int slot = 0; slot < 24; slot++) {
        load[map.gpuOfSlot(slot)] += frequency[map.expert(slot)];
      }
      // Were domains loaded alike instead, the two GPUs of the smaller one would have 1.3 times it.
      assertEquals(1.0 / 6, Arrays.stream(load).max().orElseThrow(), 0.1 / 6);
    }
  }

  @Test
  void mostFull_isWhatTheSpareSlotsHold() {
    assertEquals(8, DomainPlacement.mostFull(384, 512, 16));
    assertEquals(10, DomainPlacement.mostFull(256, 288, 4));
    assertEquals(0, DomainPlacement.mostFull(256, 288, 1));
    assertEquals(0, DomainPlacement.mostFull(256, 256, 4));
    assertTrue(DomainPlacement.mostFull(4, 100, 2) <= 4);
  }
}
