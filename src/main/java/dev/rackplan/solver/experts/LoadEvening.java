package dev.rackplan.solver.experts;

import dev.rackplan.baseline.HottestCopies;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.Optional;

/**
 * What comes before the search of a layer of which only loads are known, and whose GPUs' loads can
 * be summed up from replicas alone: {@link LoadAnnealing}, for a part of the search's budget.
 *
 * @param problem the layer
 */
record LoadEvening(LayerProblem problem) {
  // The part of a budget of time that goes to it, its trials for each move of a budget of moves,
  // and the first temperature after it. docs/decisions/0012-annealing-of-loads.md
  private static final double SHARE = 0.7;
  private static final long TRIALS_PER_MOVE = 128;
  private static final double HOT = 0.0004;

  /**
   * Empty where loads do not decide: where they depend on where replicas are, where tokens are
   * known, or where fetching weights takes longer on the slowest GPU.
   *
   * @param start a placement of the layer
   */
  static Optional<LoadEvening> of(LayerProblem problem, ExpertMap start) {
    return problem.engine().dispatchRule().sharesAlike()
            && problem.knowsLoadsOnly()
            && !problem.knowsTokens()
            && computeBinds(problem, start)
        ? Optional.of(new LoadEvening(problem))
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
   * An evened out placement, from a greedy one with copies of what is hot in any scenario, or in
   * any window that may come again.
   *
   * @param like whose slots it has
   * @param budget of the whole search, of which a part is used
   */
  ScoredMap evened(ExpertMap like, SearchBudget budget, long seed) {
    ExpertMap greedy = start(like.dealt());
    SearchBudget part = budget.first(SHARE, TRIALS_PER_MOVE);
    return ScoredMap.of(problem, LoadAnnealing.anneal(problem, greedy, part, seed));
  }

  private ExpertMap start(GpuSlots dealt) {
    if (!problem.windowsComeAgain()) {
      return LayerStarts.greedy(problem, dealt, 2);
    }
    ScenarioLayer layer = problem.scenarios().get(0);
    int[] copies =
        HottestCopies.of(layer.windowFrequency(), layer.windows(), dealt.slots(), dealt.gpus());
    return StartPlacement.packed(problem.frequency(1), copies, dealt);
  }

  /**
   * The first temperature of the search after it, as a share of the start's objective.
   *
   * @param usual the same of a search without it
   */
  static double hot(double usual) {
    return Math.max(HOT, usual);
  }
}
