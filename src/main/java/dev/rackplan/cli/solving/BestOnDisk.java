package dev.rackplan.cli.solving;

import com.sun.management.OperatingSystemMXBean;
import dev.rackplan.json.InputException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Writes the best plan of a running search to disk as it gets better, in a thread of its own, so
 * that it is there however the process ends. Seldom enough that the search is not slowed: of each
 * CPU second of the search it takes {@value #SHARE}.
 */
final class BestOnDisk implements AutoCloseable {
  private static final double SHARE = 0.02;
  // A search that ends before writes once, at its end.
  private static final long PATIENCE_NANOS = 250_000_000;
  private static final long WAIT_FOR_FIRST_NANOS = 50_000_000;
  private static final long LEAST_WAIT_NANOS = 1_000_000_000;

  /** What writes the plans of one search. */
  interface Drafts {
    /**
     * Writes the best whole plan so far if it is better than what is on disk.
     *
     * @return whether there was a plan to look at
     */
    boolean write();
  }

  private final Drafts drafts;
  private final int threads;
  private final PrintWriter err;
  private final Thread thread = new Thread(this::run, "best-on-disk");
  private long processNanosNeeded = Long.MIN_VALUE;
  private boolean toldFault;
  private boolean closed;

  /**
   * @param threads of the search
   * @param err told of a file that can't be written; the search goes on, and its end tries again
   */
  BestOnDisk(Drafts drafts, int threads, PrintWriter err) {
    this.drafts = drafts;
    this.threads = threads;
    this.err = err;
    thread.setDaemon(true);
  }

  void begin() {
    thread.start();
  }

  private void run() {
    try {
      long wait = PATIENCE_NANOS;
      while (isOpenAfter(wait)) {
        long before = cpuNanos();
        boolean looked = write();
        long took = cpuNanos() - before;
        wait =
            looked
                ? Math.max(LEAST_WAIT_NANOS, (long) (took / (SHARE * threads)))
                : WAIT_FOR_FIRST_NANOS;
        processNanosNeeded = processNanos() + (long) (took / SHARE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | OutOfMemoryError e) {
      // The search is not lost by it. Memory it needs more.
      err.println("the best plan so far is not written any more: " + e);
    }
  }

  // A full disk may have room again later.
  private boolean write() {
    try {
      return drafts.write();
    } catch (InputException e) {
      if (!toldFault) {
        toldFault = true;
        err.println(e.getMessage());
      }
      return true;
    }
  }

  // CPU time of everything that runs; the clock's where the JVM does not say.
  private static long processNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : System.nanoTime();
  }

  // CPU time of this thread: on a loaded machine the search is slower, too.
  private static long cpuNanos() {
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    return thread.isCurrentThreadCpuTimeSupported()
        ? thread.getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private synchronized boolean isOpenAfter(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; !closed && left > 0; left = until - System.nanoTime()) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    // A loaded machine gives the search less than its threads could use.
    while (!closed && processNanos() < processNanosNeeded) {
      wait(PATIENCE_NANOS / 1_000_000);
    }
    return !closed;
  }

  /** Ends; what is being written is written first, so that the search's end writes last. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
