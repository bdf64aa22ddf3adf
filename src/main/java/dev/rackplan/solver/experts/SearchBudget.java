package dev.rackplan.solver.experts;

import java.util.function.BooleanSupplier;

/**
 * How long one layer is searched: a number of scored moves, or until a time; and whether somebody
 * asked to stop. Immutable.
 */
public final class SearchBudget {
  private final long moves;
  private final long startNanos;
  private final long endNanos;
  private final SearchClock clock;
  private final BooleanSupplier cancelled;

  private SearchBudget(
      long moves, long startNanos, long endNanos, SearchClock clock, BooleanSupplier cancelled) {
    this.moves = moves;
    this.startNanos = startNanos;
    this.endNanos = endNanos;
    this.clock = clock;
    this.cancelled = cancelled;
  }

  /** A fixed number of scored moves: reproducible. */
  public static SearchBudget ofMoves(long moves, BooleanSupplier cancelled) {
    return new SearchBudget(moves, 0, 0, SearchClock.WALL, cancelled);
  }

  /** From now for {@code seconds} of {@code clock}, in the thread that searches. */
  public static SearchBudget ofSeconds(
      double seconds, SearchClock clock, BooleanSupplier cancelled) {
    long now = clock.nanos();
    return new SearchBudget(0, now, now + Math.round(seconds * 1e9), clock, cancelled);
  }

  /**
   * A part of this budget after {@code scoredMoves} of it: the next {@code most} moves or what is
   * left of it, ended with it.
   */
  SearchBudget chain(long scoredMoves, long most) {
    long left = moves > 0 ? Math.max(1, moves - scoredMoves) : most;
    return ofMoves(Math.min(most, left), () -> used(scoredMoves) >= 1);
  }

  /**
   * The first {@code share} of a budget of time, or {@code perMove} times as many steps as a budget
   * of moves has.
   */
  SearchBudget first(double share, long perMove) {
    return moves > 0
        ? ofMoves(perMove * moves, cancelled)
        : new SearchBudget(
            0,
            startNanos,
            startNanos + Math.round(share * (endNanos - startNanos)),
            clock,
            cancelled);
  }

  /** What is left of a budget of time; a budget of moves whole. */
  SearchBudget rest() {
    return moves > 0 ? this : new SearchBudget(0, clock.nanos(), endNanos, clock, cancelled);
  }

  /** Share of the budget that is used after {@code scoredMoves}, in [0, 1]. */
  public double used(long scoredMoves) {
    if (cancelled.getAsBoolean()) {
      return 1;
    }
    double used =
        moves > 0
            ? scoredMoves / (double) moves
            : (clock.nanos() - startNanos) / (double) Math.max(1, endNanos - startNanos);
    return Math.min(1, used);
  }
}
