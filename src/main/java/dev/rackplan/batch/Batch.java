package dev.rackplan.batch;

import dev.rackplan.solver.LayerThreads;
import java.util.ArrayList;
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
    List<T> ends = new ArrayList<>();
    List<Callable<T>> all = new ArrayList<>();
    Object tell = new Object();
    for (int i = 0; i < count; i++) {
      int index = i;
      all.add(() -> one(index, tasks, cancelled, tell));
    }
    LayerThreads.run(parallel, all, (index, end) -> ends.add(end));
    for (int i = 0; i < count; i++) {
      if (ends.get(i) == null) {
        ends.set(i, alone(i, tasks, cancelled, tell));
      }
    }
    return ends;
  }

  // Null where memory ran out: to be run alone.
  private static <T> T one(int index, Tasks<T> tasks, BooleanSupplier cancelled, Object tell) {
    T end;
    try {
      end = cancelled.getAsBoolean() ? tasks.notBegun(index) : tasks.run(index);
    } catch (OutOfMemoryError e) {
      return null;
    } catch (RuntimeException | StackOverflowError e) {
      if (causedByMemory(e)) {
        return null;
      }
      end = tasks.failed(index, e);
    }
    synchronized (tell) {
      tasks.ended(index, end);
    }
    return end;
  }

  private static <T> T alone(int index, Tasks<T> tasks, BooleanSupplier cancelled, Object tell) {
    T end = one(index, tasks, cancelled, tell);
    if (end == null) {
      end = tasks.failed(index, new OutOfMemoryError());
      tasks.ended(index, end);
    }
    return end;
  }

  /** Whether memory ran out; a search's threads hand their errors on as causes. */
  public static boolean causedByMemory(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }
}
