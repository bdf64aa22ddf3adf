package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LayerThreadsTest {
  @Test
  void resultsComeInTheOrderOfTheTasks() {
    CountDownLatch secondEnded = new CountDownLatch(1);
    List<String> found = new ArrayList<>();
    LayerThreads.<String>run(
        2,
        List.of(
            () -> {
              secondEnded.await();
              return "slow";
            },
            () -> {
              secondEnded.countDown();
              return "fast";
            }),
        (task, result) -> found.add(task + " " + result));
    assertEquals(List.of("0 slow", "1 fast"), found);
  }

  @Test
  void whereMemoryRanOut_tasksUnderWayEndFirst() {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    Callable<String> failing =
        () -> {
          begun.await();
          throw new OutOfMemoryError();
        };
    Callable<String> underWay =
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            // Told to stop: it takes its time.
            Thread.sleep(100);
          }
          ended.set(true);
          return "";
        };
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () -> LayerThreads.run(2, List.of(failing, underWay), (task, result) -> {}));
    assertTrue(thrown.getCause() instanceof OutOfMemoryError);
    assertTrue(ended.get());
  }
}
