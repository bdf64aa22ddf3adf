package dev.rackplan.solver.experts;

import org.optaplanner.core.config.heuristic.selector.move.factory.MoveIteratorFactoryConfig;
import org.optaplanner.core.config.localsearch.LocalSearchPhaseConfig;
import org.optaplanner.core.config.localsearch.decider.acceptor.LocalSearchAcceptorConfig;
import org.optaplanner.core.config.localsearch.decider.forager.LocalSearchForagerConfig;
import org.optaplanner.core.config.score.director.ScoreDirectorFactoryConfig;
import org.optaplanner.core.config.solver.EnvironmentMode;
import org.optaplanner.core.config.solver.SolverConfig;
import org.optaplanner.core.config.solver.termination.TerminationConfig;
import org.optaplanner.core.impl.solver.DefaultSolver;
import org.optaplanner.core.impl.solver.DefaultSolverFactory;

/**
 * Makes OptaPlanner's solvers of slots. What OptaPlanner reads off the classes is the same for all
 * of them and costs some ms, a part of a layer's time where that is short, so it is read once.
 * Thread-safe.
 */
final class SlotSolverFactory {
  private static final SlotSolverFactory USUAL =
      new SlotSolverFactory(EnvironmentMode.NON_REPRODUCIBLE);

  private final LocalSearchAcceptorConfig acceptor = new LocalSearchAcceptorConfig();
  private final SolverConfig config;
  private final DefaultSolverFactory<PlacementSolution> factory;

  private SlotSolverFactory(EnvironmentMode mode) {
    LocalSearchPhaseConfig phase =
        new LocalSearchPhaseConfig()
            .withMoveSelectorConfig(
                new MoveIteratorFactoryConfig().withMoveIteratorFactoryClass(SlotMoveFactory.class))
            .withAcceptorConfig(acceptor)
            .withForagerConfig(new LocalSearchForagerConfig().withAcceptedCountLimit(1));
    ScoreDirectorFactoryConfig scoring =
        new ScoreDirectorFactoryConfig()
            .withIncrementalScoreCalculatorClass(PlacementScoreCalculator.class);
    if (mode != EnvironmentMode.NON_REPRODUCIBLE) {
      scoring.withAssertionScoreDirectorFactory(
          new ScoreDirectorFactoryConfig()
              .withEasyScoreCalculatorClass(PlacementScoreFromScratch.class));
    }
    this.config =
        new SolverConfig()
            .withSolutionClass(PlacementSolution.class)
            .withEntityClasses(ExpertSlot.class)
            .withEnvironmentMode(mode)
            .withScoreDirectorFactory(scoring)
            .withTerminationConfig(
                new TerminationConfig().withTerminationClass(CoolingTermination.class))
            .withPhases(phase);
    // SolverFactory.create would copy the configuration, which changes from solver to solver.
    this.factory = new DefaultSolverFactory<>(config);
  }

  /**
   * @param mode NON_REPRODUCIBLE, or one that checks scores from scratch, for tests
   */
  static SlotSolverFactory of(EnvironmentMode mode) {
    return mode == EnvironmentMode.NON_REPRODUCIBLE ? USUAL : new SlotSolverFactory(mode);
  }

  /**
   * A new solver.
   *
   * @param temperature the first, in ps of the objective
   */
  synchronized DefaultSolver<PlacementSolution> solver(long temperature, long seed) {
    // A solver takes both from the configuration when it is built.
    acceptor.setSimulatedAnnealingStartingTemperature("0hard/" + temperature + "soft");
    config.setRandomSeed(seed);
    return (DefaultSolver<PlacementSolution>) factory.buildSolver();
  }
}
