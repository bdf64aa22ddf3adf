package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlacementTallies;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.ScenarioLayer;
import java.util.Arrays;
import java.util.List;

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
  // Network time that one move may plausibly save, as a share of the whole; see
  // docs/decisions/0007-search-speed.md.
  private static final double MOST_SAVED = 0.02;

  private final LayerProblem problem;
  private final PlacementTallies tallies;
  // Of the placement that moves start from.
  private double expertSeconds;
  private double networkSeconds;

  Screen(LayerProblem problem, PlacementTallies tallies) {
    this.problem = problem;
    this.tallies = tallies;
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
    expertSeconds = slowest(seconds);
    networkSeconds = Math.max(0, all / seconds.length);
  }

  /**
   * Whether the placement with these experts' new replicas may be worth scoring.
   *
   * @param saved whether moves start from the tallies' saved state, not the present one
   */
  boolean passes(int[] experts, int[][] replicaGpus, boolean saved) {
    double[] seconds = tallies.expertSecondsWith(problem.model(), experts, replicaGpus, saved);
    return slowest(seconds) <= expertSeconds + MOST_SAVED * networkSeconds;
  }

  private double slowest(double[] seconds) {
    double slowest = 0;
    int next = 0;
    for (List<ScenarioLayer> parts : problem.scenarios()) {
      double sum = Arrays.stream(seconds, next, next + parts.size()).sum();
      next += parts.size();
      slowest = Math.max(slowest, sum / parts.size());
    }
    return slowest;
  }
}
