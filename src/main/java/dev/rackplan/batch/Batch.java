package dev.rackplan.batch;

import dev.rackplan.solver.LayerThreads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * Runs independent tasks, some at the same time. One that fails does not stop the others. One that
 * runs out of memory gives its memory back and is run again after all others, alone.
 */
public final class Batch {
  private Batch() {}

  /**
   * What is to be done for each problem.
   *
   * @param <T> how it ended
   */
  public interface Tasks<T> {
    /** Does task {@code index}. */
    T run(int index);

    /** How task {@code index} ended that threw {@code fault}. */
    T failed(int index, Throwable fault);

    /** How task {@code index} ended that was never begun. */
    T notBegun(int index);

    /** Told once for each task, from one thread at a time, in the order in which they end. */
    void ended(int index, T end);
  }

  /**
   * All ends, in the order of the tasks.
   *
   * @param parallel tasks at the same time
   * @param cancelled no task is begun any more once it is true
   */
  public static <T> List<T> run(
      int count, int parallel, Tasks<T> tasks, BooleanSupplier cancelled) {
    // All that is needed to hear of ends is had before the first begins: none may be left for it.
    List<T> ends = new ArrayList<>(Collections.nCopies(count, null));
    boolean[] told = new boolean[count];
    List<Callable<T>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int index = i;
      all.add(
          () -> {
            T end = one(index, tasks, cancelled);
            if (end != null) {
              tell(index, end, tasks, told);
            }
            return end;
          });
    }
    LayerThreads.run(parallel, all, ends::set);
    for (int i = 0; i < count; i++) {
      if (ends.get(i) == null) {
        ends.set(i, alone(i, tasks, cancelled));
      }
      if (!told[i]) {
        tasks.ended(i, ends.get(i));
      }
    }
    return ends;
  }

  // Null where memory ran out: to be run alone.
  private static <T> T one(int index, Tasks<T> tasks, BooleanSupplier cancelled) {
    try {
      return cancelled.getAsBoolean() ? tasks.notBegun(index) : tasks.run(index);
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError | NoClassDefFoundError e) {
      return causedByMemory(e) ? null : tasks.failed(index, e);
    }
  }

  // Left untold where memory ran out: told once the others have ended.
  private static <T> void tell(int index, T end, Tasks<T> tasks, boolean[] told) {
    synchronized (told) {
      try {
        tasks.ended(index, end);
        told[index] = true;
      } catch (OutOfMemoryError e) {
        told[index] = false;
      }
    }
  }

  private static <T> T alone(int index, Tasks<T> tasks, BooleanSupplier cancelled) {
    T end = one(index, tasks, cancelled);
    return end == null ? tasks.failed(index, new OutOfMemoryError()) : end;
  }

  /**
   * Whether memory ran out; a search's threads hand their errors on as causes, and a class whose
   * first use met it names it from then on.
   */
  public static boolean causedByMemory(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError
          || cause instanceof ExceptionInInitializerError
              && String.valueOf(cause.getMessage()).contains("OutOfMemoryError")) {
        return true;
      }
    }
    return false;
  }
}
