package dev.rackplan.solver.experts;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** What a budget of time is counted in. */
public enum SearchClock {
  /** Wall-clock time: what a user waits for. */
  WALL,
  /**
   * CPU time of the thread that asks, so that other work on the machine takes nothing of a search;
   * wall-clock time where the JVM can't tell it. Garbage collection and compiling, which other
   * threads do, are not in it.
   */
  CPU;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Time in ns from an origin that is fixed for the thread that asks. */
  public long nanos() {
    return this == CPU && THREADS.isCurrentThreadCpuTimeSupported()
        ? THREADS.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
