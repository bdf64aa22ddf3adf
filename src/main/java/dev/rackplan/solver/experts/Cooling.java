package dev.rackplan.solver.experts;

/**
 * How the temperature of one layer's search falls: geometrically with the share of the budget used.
 *
 * @param budget how long the layer is searched
 * @param hot first temperature in ps of the objective
 */
record Cooling(SearchBudget budget, long hot) {
  /** Last temperature over the first. */
  static final double COOLEST = 0.002;

  /** Part of the first temperature that is left after {@code scoredMoves}, in (0, 1]. */
  double left(long scoredMoves) {
    return StrictMath.pow(COOLEST, budget.used(scoredMoves));
  }

  /** Temperature in ps after {@code scoredMoves}. */
  double temperature(long scoredMoves) {
    return hot * left(scoredMoves);
  }
}
