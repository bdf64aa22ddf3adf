package dev.rackplan.solver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Runs tasks, such as searches of layers, on threads that don't keep the process alive. */
public final class LayerThreads {
  private LayerThreads() {}

  /** Told of each result, in the order of the tasks, from the thread that waits for them. */
  @FunctionalInterface
  public interface Results<T> {
    void found(int task, T result);
  }

  /**
   * Runs all tasks and waits for them. Where one ran out of memory, those under way end first: what
   * they hold is free by then.
   *
   * @param threads tasks at the same time
   * @throws IllegalStateException where a task failed, or the wait was interrupted
   */
  public static <T> void run(int threads, List<Callable<T>> tasks, Results<T> results) {
    Queue<T> queue = new Queue<>(tasks);
    List<Thread> workers = new ArrayList<>();
    try {
      for (int i = 0; i < Math.min(threads, tasks.size()); i++) {
        Thread worker = daemon(queue::work);
        worker.start();
        workers.add(worker);
      }
      for (int i = 0; i < tasks.size(); i++) {
        results.found(i, queue.await(i));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while searching layers", e);
    } finally {
      queue.stop();
      for (int i = 0; i < workers.size(); i++) {
        workers.get(i).interrupt();
      }
      queue.awaitEndOfMemory();
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "layer-search");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Tasks in order, and how each ended. The end of a task takes no memory, so that one that ran out
   * of it ends too; the platform's futures then leave who waits for them waiting for ever.
   */
  private static final class Queue<T> {
    private final List<End<T>> ends = new ArrayList<>();
    private int begun;
    private int underWay;
    private boolean memoryRanOut;
    private boolean stopped;

    /** Of one task; the fault is null where it has a result. */
    private static final class End<T> {
      private final Callable<T> task;
      private boolean ended;
      private T result;
      private Throwable fault;

      End(Callable<T> task) {
        this.task = task;
      }
    }

    Queue(List<Callable<T>> tasks) {
      tasks.forEach(task -> ends.add(new End<>(task)));
    }

    void work() {
      for (int i = next(); i < ends.size(); i = next()) {
        T result = null;
        Throwable fault = null;
        try {
          result = ends.get(i).task.call();
        } catch (Throwable e) {
          fault = e;
        }
        end(ends.get(i), result, fault);
      }
    }

    private synchronized int next() {
      if (stopped || begun >= ends.size()) {
        return ends.size();
      }
      underWay++;
      return begun++;
    }

    private synchronized void end(End<T> end, T result, Throwable fault) {
      end.result = result;
      end.fault = fault;
      end.ended = true;
      underWay--;
      memoryRanOut |= fault instanceof OutOfMemoryError;
      notifyAll();
    }

    synchronized void stop() {
      stopped = true;
    }

    /** Waits for tasks under way to end where one ran out of memory; takes none. */
    synchronized void awaitEndOfMemory() {
      boolean interrupted = false;
      while (memoryRanOut && underWay > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    /**
     * The result of a task, waited for.
     *
     * @throws IllegalStateException where it failed
     */
    synchronized T await(int task) throws InterruptedException {
      End<T> end = ends.get(task);
      while (!end.ended) {
        wait();
      }
      if (end.fault != null) {
        throw new IllegalStateException(end.fault);
      }
      return end.result;
    }
  }
}
