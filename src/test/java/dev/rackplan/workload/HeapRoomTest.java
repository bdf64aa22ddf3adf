package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class HeapRoomTest {
  @Test
  void moreThanTheHeapCanHold_isRefusedBeforeItIsTaken() {
    assertDoesNotThrow(() -> HeapRoom.require(1024));
    long most = Runtime.getRuntime().maxMemory();
    assertThrows(OutOfMemoryError.class, () -> HeapRoom.require(most * 7 / 8 + 1));
  }
}
