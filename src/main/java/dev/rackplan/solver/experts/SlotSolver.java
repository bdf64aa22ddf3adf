package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.optaplanner.core.config.solver.EnvironmentMode;
import org.optaplanner.core.impl.solver.DefaultSolver;

/**
 * One annealing of one layer's slots by OptaPlanner.
 *
 * @param problem the layer
 * @param partners of its experts
 * @param mode NON_REPRODUCIBLE, or one that checks scores from scratch, for tests
 */
record SlotSolver(LayerProblem problem, Partners partners, EnvironmentMode mode) {
  /**
   * @param best the best placement met; empty where each had a second copy on a GPU or left an
   *     expert out
   * @param moves scored moves
   */
  record Found(Optional<ScoredMap> best, long moves) {}

  /**
   * Anneals from {@code start} to the end of {@code cooling}'s budget.
   *
   * @param listener told each new best on the way, in this thread
   */
  Found anneal(ExpertMap start, Cooling cooling, long seed, Consumer<PlacementSolution> listener) {
    DefaultSolver<PlacementSolution> solver =
        SlotSolverFactory.of(mode).solver(cooling.hot(), seed);
    solver.addEventListener(event -> listener.accept(event.getNewBestSolution()));
    PlacementSolution solved = solver.solve(solution(start, cooling));
    long moves = solver.getSolverScope().getScoreCalculationCount();
    return new Found(scored(problem, solved), moves);
  }

  /** The placement of a solution; empty where it is not sound. */
  static Optional<ScoredMap> scored(LayerProblem problem, PlacementSolution solution) {
    if (solution.getScore().hardScore() < 0) {
      return Optional.empty();
    }
    int[] experts = solution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    return Optional.of(ScoredMap.of(problem, new ExpertMap(experts, problem.shape().gpuCount())));
  }

  private PlacementSolution solution(ExpertMap start, Cooling cooling) {
    List<ExpertSlot> slots = new ArrayList<>();
    for (int slot = 0; slot < start.slots(); slot++) {
      slots.add(new ExpertSlot(slot, start.gpuOfSlot(slot), start.expert(slot)));
    }
    List<Integer> experts = IntStream.range(0, problem.experts()).boxed().toList();
    return new PlacementSolution(
        problem,
        cooling,
        new SearchState(problem.experts(), problem.shape().gpuCount()),
        partners,
        experts,
        slots);
  }
}
