package dev.rackplan.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GpuSlotsTest {
  @Test
  void unevenMap_workedByHand() {
    // 10 slots on 4 GPUs: 3, 3, 2, 2.
    ExpertMap map = new ExpertMap(new int[] {5, 6, 7, 0, 1, 2, 3, 4, 5, 0}, 4);

    assertEquals(
        List.of(0, 0, 0, 1, 1, 1, 2, 2, 3, 3),
        IntStream.range(0, 10).map(map::gpuOfSlot).boxed().toList());
    assertEquals(List.of(0, 3, 6, 8), IntStream.range(0, 4).map(map::firstSlot).boxed().toList());
    assertEquals(List.of(3, 3, 2, 2), IntStream.range(0, 4).map(map::slotsOf).boxed().toList());
    assertEquals(3, map.mostSlotsPerGpu());
    assertFalse(map.dealt().even());
  }

  @Test
  void evenSlots_areRunsOfOneLength() {
    GpuSlots dealt = new GpuSlots(288, 72);

    assertTrue(dealt.even());
    assertEquals(4, dealt.mostSlotsPerGpu());
    for (int slot = 0; slot < 288; slot++) {
      assertEquals(slot / 4, dealt.gpuOfSlot(slot));
    }
  }

  @Test
  void everySlot_liesInTheRunOfItsGpu_andGpusDifferByOneAtMost() {
    for (int gpus = 1; gpus <= 9; gpus++) {
      for (int slots = gpus; slots <= 40; slots++) {
        GpuSlots dealt = new GpuSlots(slots, gpus);
        int next = 0;
        for (int gpu = 0; gpu < gpus; gpu++) {
          assertEquals(next, dealt.firstSlot(gpu));
          assertTrue(dealt.mostSlotsPerGpu() - dealt.slotsOf(gpu) <= 1);
          for (int i = 0; i < dealt.slotsOf(gpu); i++) {
            assertEquals(gpu, dealt.gpuOfSlot(next++), dealt.toString());
          }
        }
        assertEquals(slots, next);
        assertEquals(dealt.slotsOf(0), dealt.mostSlotsPerGpu());
      }
    }
  }

  @Test
  void gpuWithoutASlot_isRefused() {
    assertEquals(
        "7 slots for 8 GPUs: each GPU must hold one at least",
        assertThrows(IllegalArgumentException.class, () -> new GpuSlots(7, 8)).getMessage());
  }
}
