package dev.rackplan.solver.experts;

import org.optaplanner.core.impl.phase.scope.AbstractPhaseScope;
import org.optaplanner.core.impl.solver.scope.SolverScope;
import org.optaplanner.core.impl.solver.termination.AbstractTermination;
import org.optaplanner.core.impl.solver.termination.Termination;
import org.optaplanner.core.impl.solver.thread.ChildThreadType;

/**
 * Ends a layer's search when its {@link SearchBudget} is used up, and cools it geometrically on the
 * way.
 *
 * <p>OptaPlanner's simulated annealing has temperature {@code start·(1 - gradient)}. This gives
 * {@code 1 - gradient = 0.002^used}, so the temperature falls by equal factors in equal parts of
 * the budget; the stock gradient is linear and 1% worse on 256 experts.
 */
public final class CoolingTermination extends AbstractTermination<PlacementSolution> {
  @Override
  public boolean isSolverTerminated(SolverScope<PlacementSolution> scope) {
    return used(scope) >= 1;
  }

  @Override
  public boolean isPhaseTerminated(AbstractPhaseScope<PlacementSolution> scope) {
    return used(scope.getSolverScope()) >= 1;
  }

  @Override
  public double calculateSolverTimeGradient(SolverScope<PlacementSolution> scope) {
    return gradient(scope);
  }

  @Override
  public double calculatePhaseTimeGradient(AbstractPhaseScope<PlacementSolution> scope) {
    return gradient(scope.getSolverScope());
  }

  private static double used(SolverScope<PlacementSolution> scope) {
    return scope.getWorkingSolution().getCooling().budget().used(scope.getScoreCalculationCount());
  }

  private static double gradient(SolverScope<PlacementSolution> scope) {
    double left = scope.getWorkingSolution().getCooling().left(scope.getScoreCalculationCount());
    // 1 exactly would make the last temperature 0 and OptaPlanner refuse it.
    return Math.min(0.99999, 1 - left);
  }

  @Override
  public Termination<PlacementSolution> createChildThreadTermination(
      SolverScope<PlacementSolution> scope, ChildThreadType type) {
    throw new UnsupportedOperationException("one thread a layer");
  }
}
