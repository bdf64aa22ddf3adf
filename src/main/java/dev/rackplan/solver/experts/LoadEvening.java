package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertTime;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.plan.ExpertMap;
import java.util.Optional;

/**
 * What comes before the search of a layer whose GPUs' loads can be summed up from replicas alone:
 * {@link LoadAnnealing}, for a part of the search's budget.
 *
 * @param problem the layer
 * @param inWindows whether samples are evened out in their windows, else loads as they are
 */
record LoadEvening(LayerProblem problem, boolean inWindows) {
  // The part of a budget of time that goes to it, its trials for each move of a budget of moves,
  // and the first temperature after it. docs/decisions/0012-annealing-of-loads.md
  private static final double SHARE = 0.7;
  private static final long TRIALS_PER_MOVE = 128;
  private static final double HOT = 0.0004;
  // The same of windows: docs/decisions/0049-windows-are-evened-out-first.md.
  private static final double SHARE_IN_WINDOWS = 0.5;
  private static final long TRIALS_PER_MOVE_IN_WINDOWS = 32;
  private static final double HOT_IN_WINDOWS = 0.001;

  /**
   * Empty where loads do not decide: where they depend on where replicas are, where tokens are
   * known otherwise than in windows, or where fetching weights takes longer on the slowest GPU.
   *
   * @param start a placement of the layer
   */
  static Optional<LoadEvening> of(LayerProblem problem, ExpertMap start) {
    boolean windows = problem.scenarios().stream().allMatch(scenario -> scenario.windows() > 0);
    boolean loadsOnly = problem.knowsLoadsOnly() && !problem.knowsTokens();
    return problem.engine().dispatchRule().sharesAlike()
            && (windows || loadsOnly)
            && computeBinds(problem, start)
        ? Optional.of(new LoadEvening(problem, windows))
        : Optional.empty();
  }

  private static boolean computeBinds(LayerProblem problem, ExpertMap start) {
    for (PlacementTally tally : problem.tallies(start).all()) {
      int gpu = problem.model().slowestGpu(tally);
      ExpertTime time = problem.model().gpuTime(gpu, tally.load(gpu), tally.activeExperts(gpu));
      if (time.fetchSeconds() > time.computeSeconds()) {
        return false;
      }
    }
    return true;
  }

  /**
   * An evened out placement, from a greedy one.
   *
   * @param budget of the whole search, of which a part is used
   */
  ScoredMap evened(ExpertMap like, SearchBudget budget, long seed) {
    ExpertMap greedy = LayerStarts.greedy(problem, like.dealt(), 2);
    SearchBudget part =
        inWindows
            ? budget.first(SHARE_IN_WINDOWS, TRIALS_PER_MOVE_IN_WINDOWS)
            : budget.first(SHARE, TRIALS_PER_MOVE);
    ExpertMap annealed =
        inWindows
            ? LoadAnnealing.annealWindows(problem, greedy, part, seed)
            : LoadAnnealing.anneal(problem, greedy, part, seed);
    return ScoredMap.of(problem, annealed);
  }

  /**
   * Whether it leads somewhere: of samples only where what it made is better than what the search
   * would have begun with, since it knows nothing of the network.
   */
  boolean isWorthAgain(ScoredMap start, ScoredMap evened) {
    return !inWindows || evened.seconds() < start.seconds();
  }

  /**
   * The first temperature of the search after it, as a share of the start's objective.
   *
   * @param usual the same of a search without it
   */
  double hot(double usual) {
    return inWindows ? HOT_IN_WINDOWS : Math.max(HOT, usual);
  }
}
