package dev.rackplan.solver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs tasks, such as searches of layers, on threads that don't keep the process alive. */
public final class LayerThreads {
  private LayerThreads() {}

  /** Told of each result, in the order of the tasks, from the thread that waits for them. */
  @FunctionalInterface
  public interface Results<T> {
    void found(int task, T result);
  }

  /**
   * Runs all tasks and waits for them.
   *
   * @param threads tasks at the same time
   * @throws IllegalStateException where a task failed, or the wait was interrupted
   */
  public static <T> void run(int threads, List<Callable<T>> tasks, Results<T> results) {
    ExecutorService pool = Executors.newFixedThreadPool(threads, LayerThreads::daemon);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> task : tasks) {
        futures.add(pool.submit(task));
      }
      for (int i = 0; i < futures.size(); i++) {
        results.found(i, futures.get(i).get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while searching layers", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "layer-search");
    thread.setDaemon(true);
    return thread;
  }
}
