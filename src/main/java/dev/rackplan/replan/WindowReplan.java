package dev.rackplan.replan;

import dev.rackplan.plan.Plan;

/**
 * What to run till the next window.
 *
 * @param plan the running one where nothing is worth a move
 * @param moves what it moves
 * @param beforeSeconds step time in s of the running plan on the windows so far
 * @param afterSeconds the same of {@code plan}
 */
public record WindowReplan(
    Plan plan, WeightMoves moves, double beforeSeconds, double afterSeconds) {
  /** Whether any weight moves. */
  public boolean movesAny() {
    return !moves.moves().isEmpty();
  }
}
