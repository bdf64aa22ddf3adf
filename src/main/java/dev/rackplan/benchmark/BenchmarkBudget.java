package dev.rackplan.benchmark;

import dev.rackplan.solver.experts.SearchClock;
import java.util.OptionalLong;

/**
 * How long and how often the searches of a benchmark run.
 *
 * @param seconds time of each search in s by {@code clock}; not used where {@code steps} is given
 * @param steps scored moves per MoE layer and search; with them a search does not read the clock
 * @param seeds searches of each kind, whose median is reported
 * @param threads layers searched at the same time
 * @param clock wall-clock time, or CPU time of each thread that searches
 */
public record BenchmarkBudget(
    double seconds, OptionalLong steps, int seeds, int threads, SearchClock clock) {
  public BenchmarkBudget {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("seconds must be > 0, was " + seconds);
    }
    if (steps.isPresent() && steps.getAsLong() < 1) {
      throw new IllegalArgumentException("steps must be >= 1, was " + steps.getAsLong());
    }
    if (seeds < 1) {
      throw new IllegalArgumentException("seeds must be >= 1, was " + seeds);
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be >= 1, was " + threads);
    }
  }

  /** Whether seconds are CPU time of the threads that search. */
  public boolean countsCpuTime() {
    return clock == SearchClock.CPU;
  }
}
