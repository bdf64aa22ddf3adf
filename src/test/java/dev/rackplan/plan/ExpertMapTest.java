package dev.rackplan.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExpertMapTest {
  @Test
  void inOrder_isEachExpertOnceInItsOwnSlot() {
    assertTrue(new ExpertMap(new int[] {0, 1, 2, 3, 4}, 2).isInOrder());
    assertFalse(new ExpertMap(new int[] {0, 1, 3, 2}, 2).isInOrder());
    assertFalse(new ExpertMap(new int[] {0, 1, 2, 3, 0, 1}, 2).isInOrder());
  }

  @Test
  void secondCopies_areTheLaterSlotsOfAGpuOnly() {
    // GPU 0: 0 0 1, GPU 1: 2 3 3, GPU 2: 0 2.
    ExpertMap map = new ExpertMap(new int[] {0, 0, 1, 2, 3, 3, 0, 2}, 3);
    assertArrayEquals(new int[] {1, 5}, map.secondCopies());
  }

  @Test
  void withoutSecondCopies_exchangesForTheNearestLoadAReplica() {
    // GPU 0: 0 0, GPU 1: 1 2, GPU 2: 3 4. A replica of 0 has 4; nearest of 1, 2, 3, 4 with 9, 1, 3
    // and 8 is 3, on GPU 2.
    ExpertMap map = new ExpertMap(new int[] {0, 0, 1, 2, 3, 4}, 3);
    ExpertMap sound = map.withoutSecondCopies(new double[] {8, 9, 1, 3, 8});
    assertArrayEquals(new int[] {0, 3, 1, 2, 0, 4}, sound.toArray());
  }

  @Test
  void withoutSecondCopies_takesAnExpertThatTheGpuLacksWhereNoneCanBeExchanged() {
    // GPU 0: 0 0, GPU 1: 0 1: each slot of GPU 1 would bring 0 there once more.
    ExpertMap map = new ExpertMap(new int[] {0, 0, 0, 1}, 2);
    assertArrayEquals(
        new int[] {0, 1, 0, 1}, map.withoutSecondCopies(new double[] {2, 1}).toArray());
  }

  @Test
  void withoutSecondCopies_leavesASlotThatAnExchangeFreed() {
    // GPU 0: 0 0, GPU 1: 1 1: one exchange frees both, and each GPU holds all experts then.
    ExpertMap map = new ExpertMap(new int[] {0, 0, 1, 1}, 2);
    ExpertMap sound = map.withoutSecondCopies(new double[] {1, 1});
    assertArrayEquals(new int[] {0, 1, 0, 1}, sound.toArray());
  }

  @Test
  void withoutSecondCopies_isTheSameMapWhereThereAreNone() {
    ExpertMap map = new ExpertMap(new int[] {0, 1, 1, 2}, 2);
    assertSame(map, map.withoutSecondCopies(new double[] {1, 1, 1}));
    assertEquals(0, map.secondCopies().length);
  }
}
