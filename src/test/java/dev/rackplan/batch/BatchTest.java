package dev.rackplan.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class BatchTest {
  private final List<String> told = new ArrayList<>();

  private List<String> run(int count, int parallel, IntFunction<String> task) {
    return run(count, parallel, task, new AtomicBoolean());
  }

  private List<String> run(
      int count, int parallel, IntFunction<String> task, AtomicBoolean cancelled) {
    return Batch.run(
        count,
        parallel,
        new Batch.Tasks<>() {
          @Override
          public String run(int index) {
            return task.apply(index);
          }

          @Override
          public String failed(int index, Throwable fault) {
            return index + " " + fault.getClass().getSimpleName();
          }

          @Override
          public String notBegun(int index) {
            return index + " not begun";
          }

          @Override
          public void ended(int index, String end) {
            told.add(end);
          }
        },
        cancelled::get);
  }

  @Test
  void tasksRunAtTheSameTime_andEndInOrder() {
    CyclicBarrier both = new CyclicBarrier(2);
    List<String> ends =
        run(
            4,
            2,
            index -> {
              try {
                both.await(20, TimeUnit.SECONDS);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
              return index + " done";
            });
    assertEquals(List.of("0 done", "1 done", "2 done", "3 done"), ends);
    assertEquals(4, told.size());
  }

  @Test
  void failingTask_doesNotStopTheOthers() {
    List<String> ends =
        run(
            3,
            1,
            index -> {
              if (index == 1) {
                throw new IllegalArgumentException("one");
              }
              return index + " done";
            });
    assertEquals(List.of("0 done", "1 IllegalArgumentException", "2 done"), ends);
  }

  @Test
  void taskWithoutMemory_runsAgainAlone_andEndsAsSuchWhereThatFails() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger tries = new AtomicInteger();
    List<String> ends =
        run(
            4,
            2,
            index -> {
              int atOnce = running.incrementAndGet();
              try {
                if (index == 2) {
                  throw new IllegalStateException(new OutOfMemoryError());
                }
                if (index == 1 && tries.incrementAndGet() == 1) {
                  throw new OutOfMemoryError();
                }
                return index + (index == 1 ? " with " + (atOnce - 1) + " others" : " done");
              } finally {
                running.decrementAndGet();
              }
            });
    assertEquals(List.of("0 done", "1 with 0 others", "2 OutOfMemoryError", "3 done"), ends);
    assertEquals(List.of("1 with 0 others", "2 OutOfMemoryError"), told.subList(2, 4));
  }

  @Test
  void classThatMetTooLittleMemory_isTakenAsThat() {
    NoClassDefFoundError unusable = new NoClassDefFoundError("Could not initialize class X");
    unusable.initCause(
        new ExceptionInInitializerError(
            "Exception java.lang.OutOfMemoryError: Java heap space [in thread \"main\"]"));
    List<String> ends =
        run(
            3,
            1,
            index -> {
              if (index == 0) {
                throw unusable;
              }
              if (index == 1) {
                throw new NoClassDefFoundError("gone");
              }
              return index + " done";
            });
    assertEquals(List.of("0 OutOfMemoryError", "1 NoClassDefFoundError", "2 done"), ends);
  }

  @Test
  void endThatNoMemoryWasLeftToTell_isToldAtTheEnd() {
    AtomicInteger tries = new AtomicInteger();
    List<String> ends =
        Batch.run(
            2,
            1,
            new Batch.Tasks<>() {
              @Override
              public String run(int index) {
                return index + " done";
              }

              @Override
              public String failed(int index, Throwable fault) {
                return index + " failed";
              }

              @Override
              public String notBegun(int index) {
                return index + " not begun";
              }

              @Override
              public void ended(int index, String end) {
                if (index == 0 && tries.incrementAndGet() == 1) {
                  throw new OutOfMemoryError();
                }
                told.add(end);
              }
            },
            () -> false);
    assertEquals(List.of("0 done", "1 done"), ends);
    assertEquals(List.of("1 done", "0 done"), told);
  }

  @Test
  void cancelledBatch_beginsNoMore() {
    AtomicBoolean cancelled = new AtomicBoolean();
    List<String> ends =
        run(
            3,
            1,
            index -> {
              cancelled.set(true);
              return index + " done";
            },
            cancelled);
    assertEquals(List.of("0 done", "1 not begun", "2 not begun"), ends);
    assertTrue(told.containsAll(ends));
  }
}
