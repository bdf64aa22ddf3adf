package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlacementTallies;
import dev.rackplan.cost.PlacementTally;

/**
 * Tells moves that slow the experts by more than less traffic could make good, before their tokens
 * are counted.
 *
 * <p>Counting the tokens of two experts takes most of a move's time, their GPUs' loads take little.
 * Most random moves put the slowest GPU further behind, and are refused whatever the network gains.
 * What it could gain is taken to be a fixed share of the network's time: a heuristic, so that some
 * good moves are lost, and many more are scored in the same time.
 */
final class Screen {
  // Network time that one move may plausibly save, as a share of the whole, where tokens tell which
  // experts are chosen together, and where only loads are known; and how many temperatures a move
  // may cost. See docs/decisions/0007-search-speed.md.
  private static final double SAVED_BY_TOKENS = 0.02;
  private static final double SAVED_BY_LOADS = 0.001;
  private static final double TEMPERATURES = 3;

  private final LayerProblem problem;
  private final PlacementTallies tallies;
  private final double mostSaved;
  // Of the placement that moves start from.
  private double expertSeconds;
  private double networkSeconds;

  Screen(LayerProblem problem, PlacementTallies tallies) {
    this.problem = problem;
    this.tallies = tallies;
    this.mostSaved = problem.knowsTokens() ? SAVED_BY_TOKENS : SAVED_BY_LOADS;
  }

  /** Takes the tallies' present state as what moves start from. */
  void note() {
    double[] seconds = new double[tallies.all().size()];
    double all = 0;
    for (int t = 0; t < seconds.length; t++) {
      PlacementTally tally = tallies.all().get(t);
      seconds[t] = problem.model().expertSeconds(tally);
      all += problem.model().placementSeconds(tally) - seconds[t];
    }
    expertSeconds = problem.slowest(seconds);
    networkSeconds = Math.max(0, all / seconds.length);
  }

  /**
   * Whether the placement with these experts' new replicas may be worth scoring.
   *
   * @param saved whether moves start from the tallies' saved state, not the present one
   * @param temperatureSeconds the annealing's present temperature in s
   */
  boolean passes(int[] experts, int[][] replicaGpus, boolean saved, double temperatureSeconds) {
    double[] seconds = tallies.expertSecondsWith(problem.model(), experts, replicaGpus, saved);
    return problem.slowest(seconds)
        <= expertSeconds + mostSaved * networkSeconds + TEMPERATURES * temperatureSeconds;
  }
}
