package dev.rackplan.solver;

import dev.rackplan.solver.experts.SearchClock;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long and how to search.
 *
 * @param timeLimitSeconds time for the whole problem in s, by {@code clock}; not used where {@code
 *     steps} is given
 * @param steps scored moves per MoE layer; the same seed and steps give the same plan
 * @param seed of every random choice
 * @param threads layers searched at the same time
 * @param warmStart what to begin with; empty: the best of the usual plans of each layout
 * @param keep plans of different layouts to find, at least 1: no layout is left out that may be
 *     among as many best
 * @param clock what the time limit is counted in: wall-clock time, or CPU time of the thread that
 *     prepares and of each that searches, so that other work on the machine takes nothing of it
 */
public record SolverOptions(
    double timeLimitSeconds,
    OptionalLong steps,
    long seed,
    int threads,
    Optional<WarmStart> warmStart,
    int keep,
    SearchClock clock) {
  private static final long STAGE_MOVES = 20_000;
  private static final long STAGE_MOVES_PER_STEP = 100;

  public SolverOptions {
    if (keep < 1) {
      throw new IllegalArgumentException("keep must be >= 1, was " + keep);
    }
    if (!(timeLimitSeconds > 0)) {
      throw new IllegalArgumentException("timeLimitSeconds must be > 0, was " + timeLimitSeconds);
    }
    if (steps.isPresent() && steps.getAsLong() < 1) {
      throw new IllegalArgumentException("steps must be >= 1, was " + steps.getAsLong());
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be >= 1, was " + threads);
    }
  }

  /** Scored moves of a search of cuts and hosts: fewer where a layer gets very few steps. */
  long stageMoves() {
    long most = STAGE_MOVES_PER_STEP * Math.min(STAGE_MOVES, steps.orElse(STAGE_MOVES));
    return Math.min(STAGE_MOVES, most);
  }

  /** Without a plan to begin with. */
  public SolverOptions(double timeLimitSeconds, OptionalLong steps, long seed, int threads) {
    this(timeLimitSeconds, steps, seed, threads, Optional.empty(), 1, SearchClock.WALL);
  }

  /** The same limits and seed from a plan. */
  public SolverOptions from(WarmStart start) {
    return new SolverOptions(
        timeLimitSeconds, steps, seed, threads, Optional.of(start), keep, clock);
  }

  /** The same with other steps. */
  SolverOptions withSteps(long other) {
    return new SolverOptions(
        timeLimitSeconds, OptionalLong.of(other), seed, threads, warmStart, keep, clock);
  }

  /** The same with another seed. */
  public SolverOptions seeded(long other) {
    return new SolverOptions(timeLimitSeconds, steps, other, threads, warmStart, keep, clock);
  }

  /** The same for {@code count} plans. */
  public SolverOptions keeping(int count) {
    return new SolverOptions(timeLimitSeconds, steps, seed, threads, warmStart, count, clock);
  }

  /** The same with times counted by {@code other}. */
  public SolverOptions by(SearchClock other) {
    return new SolverOptions(timeLimitSeconds, steps, seed, threads, warmStart, keep, other);
  }
}
