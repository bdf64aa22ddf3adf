package dev.rackplan.solver;

import java.util.OptionalLong;

/**
 * How long and how to search.
 *
 * @param timeLimitSeconds wall-clock time for the whole problem in s; not used where {@code steps}
 *     is given
 * @param steps scored moves per MoE layer; the same seed and steps give the same plan
 * @param seed of every random choice
 * @param threads layers searched at the same time
 */
public record SolverOptions(double timeLimitSeconds, OptionalLong steps, long seed, int threads) {
  public SolverOptions {
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
}
