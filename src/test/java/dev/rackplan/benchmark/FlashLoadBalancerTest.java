package dev.rackplan.benchmark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Small layers whose best placement can be seen. */
class FlashLoadBalancerTest {

  /**
   * In step 0 experts 0 and 1 are hot, in step 1 experts 2 and 3. Each pair apart, the slowest GPU
   * has 11 in both steps; by the sums alone, all 11, any two could lie together.
   */
  @Test
  void expertsThatAreHotTogether_lieApart() {
    ExpertMap map =
        FlashLoadBalancer.place(
            new double[][] {{10, 10, 1, 1}, {1, 1, 10, 10}}, new GpuSlots(4, 2));

    int[] first = map.expertsOf(0);
    Arrays.sort(first);
    assertEquals(1, Arrays.stream(first).filter(expert -> expert < 2).count(), map.toString());
  }

  /**
   * Loads 12, 5, 4, 3 in five slots of GPUs with 3 and 2: expert 0 has two copies of 6, and no GPU
   * both.
   */
  @Test
  void furtherSlot_isTheHottestExperts_neverTwiceOnAGpu() {
    ExpertMap map = FlashLoadBalancer.place(new double[][] {{12, 5, 4, 3}}, new GpuSlots(5, 2));

    int[] all = map.toArray();
    Arrays.sort(all);
    assertArrayEquals(new int[] {0, 0, 1, 2, 3}, all);
    assertEquals(0, map.secondCopies().length);
  }

  /** As many slots as every GPU can hold experts: all of them everywhere. */
  @Test
  void everyExpertEverywhere_isFilledWithoutSecondCopies() {
    ExpertMap map = FlashLoadBalancer.place(new double[][] {{9, 1, 0}}, new GpuSlots(6, 2));

    assertEquals(0, map.secondCopies().length);
  }
}
