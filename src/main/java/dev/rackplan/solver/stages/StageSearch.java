package dev.rackplan.solver.stages;

import dev.rackplan.bound.StageSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import org.optaplanner.core.api.solver.SolverFactory;
import org.optaplanner.core.config.heuristic.selector.move.factory.MoveIteratorFactoryConfig;
import org.optaplanner.core.config.localsearch.LocalSearchPhaseConfig;
import org.optaplanner.core.config.localsearch.decider.acceptor.LocalSearchAcceptorConfig;
import org.optaplanner.core.config.localsearch.decider.forager.LocalSearchForagerConfig;
import org.optaplanner.core.config.score.director.ScoreDirectorFactoryConfig;
import org.optaplanner.core.config.solver.EnvironmentMode;
import org.optaplanner.core.config.solver.SolverConfig;
import org.optaplanner.core.config.solver.termination.TerminationConfig;

/** Finds cuts and hosts. Stateless. */
public final class StageSearch {
  // Each takes microseconds to milliseconds; clusters have few classes of hosts.
  private static final int MOST_EXACT_CUTS = 2_000;

  private StageSearch() {}

  /** The exact best cut on the blocks in order, if any fits in memory. */
  public static Optional<StageAssignment> exactOnBlocksInOrder(StageCosts costs) {
    List<Integer> blocks = IntStream.range(0, costs.stages()).boxed().toList();
    return exact(costs, blocks);
  }

  private static Optional<StageAssignment> exact(StageCosts costs, List<Integer> blocks) {
    return StageSplit.of(
            costs.layers(),
            costs.stages(),
            (stage, first, last) ->
                costs.runSeconds(blocks.get(stage), first, last)
                    + (stage + 1 < costs.stages()
                        ? costs.hopSeconds(blocks.get(stage), last, blocks.get(stage + 1))
                        : 0),
            (stage, first, last) -> costs.overflowBytes(stage, blocks.get(stage), first, last) == 0)
        .map(split -> new StageAssignment(split.firstLayers(), blocks));
  }

  /**
   * The best cut and hosts found in {@code moves} scored moves; never worse than the exact cut on
   * the blocks in order. Empty where nothing that was tried fits in memory.
   */
  public static Optional<StageAssignment> search(StageCosts costs, long moves, long seed) {
    Optional<StageAssignment> exact = exactOnBlocksInOrder(costs);
    if (costs.stages() == 1 && costs.blocks() == 1 || costs.equalBlocks()) {
      return exact;
    }
    StageAssignment start = exact.orElseGet(() -> evenCut(costs));
    if (costs.stages() == 1) {
      return bestSingle(costs);
    }
    StageAssignment found = better(costs, start, localSearch(costs, start, moves, seed));
    StageAssignment best = climb(costs, found);
    return score(costs, best).hardScore() == 0 ? Optional.of(best) : Optional.empty();
  }

  /**
   * Exchanges hosts of different classes, each time with the exact cut for them, until no exchange
   * helps: shifting cuts one by one can't follow an exchange that moves them all. At most {@value
   * #MOST_EXACT_CUTS} cuts.
   */
  private static StageAssignment climb(StageCosts costs, StageAssignment from) {
    StageAssignment best =
        exact(costs, from.blocks()).map(cut -> better(costs, from, cut)).orElse(from);
    int left = MOST_EXACT_CUTS;
    boolean improved = true;
    while (improved) {
      improved = false;
      for (int stage = 0; stage < costs.stages(); stage++) {
        for (int block = 0; block < costs.blocks() && left > 0; block++) {
          if (!costs.sameClass(best.blocks().get(stage), block)) {
            left--;
            StageAssignment before = best;
            StageAssignment other =
                exact(costs, exchanged(best.blocks(), stage, block))
                    .map(cut -> better(costs, before, cut))
                    .orElse(before);
            improved |= !other.equals(before);
            best = other;
          }
        }
      }
    }
    return best;
  }

  private static List<Integer> exchanged(List<Integer> blocks, int stage, int block) {
    List<Integer> exchanged = new ArrayList<>(blocks);
    int other = blocks.indexOf(block);
    if (other >= 0) {
      exchanged.set(other, blocks.get(stage));
    }
    exchanged.set(stage, block);
    return exchanged;
  }

  private static Optional<StageAssignment> bestSingle(StageCosts costs) {
    StageAssignment best = null;
    for (int block = 0; block < costs.blocks(); block++) {
      StageAssignment one = new StageAssignment(List.of(0), List.of(block));
      best = best == null ? one : better(costs, best, one);
    }
    return score(costs, best).hardScore() == 0 ? Optional.of(best) : Optional.empty();
  }

  private static HardSoftLongScore score(StageCosts costs, StageAssignment assignment) {
    return StageScoreCalculator.score(costs, assignment);
  }

  private static StageAssignment better(StageCosts costs, StageAssignment a, StageAssignment b) {
    return score(costs, b).compareTo(score(costs, a)) > 0 ? b : a;
  }

  private static StageAssignment evenCut(StageCosts costs) {
    List<Integer> first = new ArrayList<>();
    for (int s = 0; s < costs.stages(); s++) {
      first.add((int) ((long) s * costs.layers() / costs.stages()));
    }
    return new StageAssignment(first, IntStream.range(0, costs.stages()).boxed().toList());
  }

  private static StageAssignment localSearch(
      StageCosts costs, StageAssignment start, long moves, long seed) {
    List<StageHost> stages = new ArrayList<>();
    for (int s = 0; s < costs.stages(); s++) {
      stages.add(new StageHost(s, start.firstLayers().get(s), start.blocks().get(s)));
    }
    long temperature =
        Math.max(1, Math.round(costs.objectiveSeconds(costs.stageSeconds(start)) * 1e12 * 0.05));
    SolverConfig config =
        new SolverConfig()
            .withSolutionClass(StageSolution.class)
            .withEntityClasses(StageHost.class)
            .withEnvironmentMode(EnvironmentMode.NON_REPRODUCIBLE)
            .withRandomSeed(seed)
            .withScoreDirectorFactory(
                new ScoreDirectorFactoryConfig()
                    .withEasyScoreCalculatorClass(StageScoreCalculator.class))
            .withTerminationConfig(new TerminationConfig().withScoreCalculationCountLimit(moves))
            .withPhases(
                new LocalSearchPhaseConfig()
                    .withMoveSelectorConfig(
                        new MoveIteratorFactoryConfig()
                            .withMoveIteratorFactoryClass(StageMoveFactory.class))
                    .withAcceptorConfig(
                        new LocalSearchAcceptorConfig()
                            .withSimulatedAnnealingStartingTemperature(
                                "1000hard/" + temperature + "soft"))
                    .withForagerConfig(new LocalSearchForagerConfig().withAcceptedCountLimit(1)));
    return SolverFactory.<StageSolution>create(config)
        .buildSolver()
        .solve(new StageSolution(costs, stages))
        .assignment();
  }
}
