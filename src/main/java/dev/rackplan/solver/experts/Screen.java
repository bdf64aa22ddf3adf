package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertTrials;
import dev.rackplan.cost.placement.PlacementTallies;
import java.util.Arrays;

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
  private final ExpertTrials trials;
  private final double mostSaved;
  // Of the placement that moves start from.
  private double expertSeconds;
  private double networkSeconds;

  Screen(LayerProblem problem, PlacementTallies tallies) {
    this.problem = problem;
    this.tallies = tallies;
    this.trials = new ExpertTrials(tallies, problem.model());
    this.mostSaved = problem.knowsTokens() ? SAVED_BY_TOKENS : SAVED_BY_LOADS;
  }

  /** Takes the tallies' present state as what moves start from. */
  void note() {
    trials.note();
    int count = tallies.all().size();
    double[] seconds = new double[count];
    double all = 0;
    for (int t = 0; t < count; t++) {
      seconds[t] = trials.notedSeconds(t);
      all += problem.model().placementSeconds(tallies.all().get(t)) - seconds[t];
    }
    expertSeconds = Arrays.stream(seconds).max().orElseThrow();
    networkSeconds = Math.max(0, all / count);
  }

  /**
   * Whether the placement with the first {@code count} experts' new replicas, in place of those
   * last noted, may be worth scoring.
   *
   * @param temperatureSeconds the annealing's present temperature in s
   */
  boolean passes(int[] experts, int count, int[][] replicaGpus, double temperatureSeconds) {
    double most = expertSeconds + mostSaved * networkSeconds + TEMPERATURES * temperatureSeconds;
    trials.propose(experts, count, replicaGpus);
    for (int t = 0; t < tallies.all().size(); t++) {
      if (trials.seconds(t) > most) {
        return false;
      }
    }
    return true;
  }
}
