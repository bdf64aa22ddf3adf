package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.optaplanner.core.api.solver.SolverFactory;
import org.optaplanner.core.config.heuristic.selector.move.factory.MoveIteratorFactoryConfig;
import org.optaplanner.core.config.localsearch.LocalSearchPhaseConfig;
import org.optaplanner.core.config.localsearch.decider.acceptor.LocalSearchAcceptorConfig;
import org.optaplanner.core.config.localsearch.decider.forager.LocalSearchForagerConfig;
import org.optaplanner.core.config.score.director.ScoreDirectorFactoryConfig;
import org.optaplanner.core.config.solver.EnvironmentMode;
import org.optaplanner.core.config.solver.SolverConfig;
import org.optaplanner.core.config.solver.termination.TerminationConfig;
import org.optaplanner.core.impl.solver.DefaultSolver;

/** Searches one layer's placement from the best of the given starts. Stateless. */
public final class LayerSearch {
  // Share of the start's objective that the first temperature is: measured in
  // docs/decisions/0003-cooling.md.
  private static final double HOT = 0.002;
  // In small layers one slot weighs more than that: this over the square of the slots, which is
  // hotter below 64 slots.
  private static final double HOT_OF_FEW_SLOTS = 8;
  // Layers with fewer slots freeze in a local optimum that more moves do not leave, so they are
  // searched by many short chains: docs/decisions/0010-chains-of-small-layers.md.
  private static final int FEW_SLOTS = 32;
  private static final long CHAIN_MOVES = 1250;

  private LayerSearch() {}

  /**
   * @param map the best placement found, never worse than any start
   * @param seconds its expert time + all-to-all in s
   * @param savedSeconds how much less that is than the best start's
   * @param moves scored moves
   */
  public record Found(ExpertMap map, double seconds, double savedSeconds, long moves) {}

  /** The best placement found within {@code budget}, seeded. */
  public static Found search(
      LayerProblem problem, List<ExpertMap> starts, SearchBudget budget, long seed) {
    return search(problem, starts, budget, seed, EnvironmentMode.NON_REPRODUCIBLE);
  }

  static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode) {
    double slots = starts.get(0).slots();
    double hot = Math.max(HOT, HOT_OF_FEW_SLOTS / (slots * slots));
    return slots < FEW_SLOTS
        ? searchInChains(problem, starts, budget, seed, mode, hot)
        : search(problem, starts, budget, seed, mode, hot);
  }

  // One chain after the other from the same starts, each cooled to the end; the best one's end.
  private static Found searchInChains(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode,
      double hot) {
    Found best = search(problem, starts, budget.chain(0, CHAIN_MOVES), seed, mode, hot);
    long moves = best.moves();
    for (long chain = 1; moves > 0 && budget.used(moves) < 1; chain++) {
      Found found =
          search(
              problem,
              starts,
              budget.chain(moves, CHAIN_MOVES),
              seed + 0xD1B54A32D192ED03L * chain,
              mode,
              hot);
      moves += found.moves();
      best = found.seconds() < best.seconds() ? found : best;
    }
    return new Found(best.map(), best.seconds(), best.savedSeconds(), moves);
  }

  /** As above, with the first temperature as {@code hot} times the start's objective. */
  static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode,
      double hot) {
    Found best = bestOf(problem, starts);
    int gpus = problem.shape().gpuCount();
    // Where every GPU holds every expert there is no move to make, and steps would never be used
    // up.
    if (gpus == 1 || starts.get(0).slots() >= problem.experts() * gpus) {
      return best;
    }
    ExpertMap start = bestSoundStart(problem, starts);
    long objective = problem.objectivePicoseconds(tallies(problem, start));
    Cooling cooling = new Cooling(budget, Math.max(1, Math.round(hot * objective)));
    PlacementSolution solution = solution(problem, start, cooling);
    SolverConfig config = config(cooling.hot(), seed, mode);
    DefaultSolver<PlacementSolution> solver =
        (DefaultSolver<PlacementSolution>)
            SolverFactory.<PlacementSolution>create(config).buildSolver();
    PlacementSolution solved = solver.solve(solution);
    long moves = solver.getSolverScope().getScoreCalculationCount();
    ExpertMap map =
        new ExpertMap(solved.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray(), gpus);
    double seconds = problem.seconds(tallies(problem, map));
    return seconds <= best.seconds() && solved.getScore().hardScore() == 0
        ? new Found(map, seconds, best.seconds() - seconds, moves)
        : new Found(best.map(), best.seconds(), 0, moves);
  }

  /** The start with the least time; the first on a tie. */
  public static Found bestOf(LayerProblem problem, List<ExpertMap> starts) {
    Found best = null;
    for (ExpertMap start : starts) {
      double seconds = problem.seconds(tallies(problem, start));
      if (best == null || seconds < best.seconds()) {
        best = new Found(start, seconds, 0, 0);
      }
    }
    return best;
  }

  /**
   * The best of the starts, each made free of second copies on a GPU, and a greedy placement: what
   * a search begins with.
   */
  public static ExpertMap bestSoundStart(LayerProblem problem, List<ExpertMap> starts) {
    return bestOf(problem, soundStarts(problem, starts)).map();
  }

  private static List<ExpertMap> soundStarts(LayerProblem problem, List<ExpertMap> starts) {
    List<ExpertMap> sound = new ArrayList<>();
    int gpus = problem.shape().gpuCount();
    for (ExpertMap start : starts) {
      sound.add(new ExpertMap(StartPlacement.withoutSecondCopies(start, problem.experts()), gpus));
    }
    double[] frequency = new double[problem.experts()];
    for (List<ScenarioLayer> parts : problem.scenarios()) {
      for (ScenarioLayer part : parts) {
        for (int e = 0; e < frequency.length; e++) {
          frequency[e] += part.frequency(e) / parts.size() / problem.scenarios().size();
        }
      }
    }
    sound.add(new ExpertMap(StartPlacement.greedy(frequency, starts.get(0).dealt()), gpus));
    return sound;
  }

  private static List<PlacementTally> tallies(LayerProblem problem, ExpertMap map) {
    return problem.tallies(PlanShapes.replicaGpus(map, problem.experts())).all();
  }

  static PlacementSolution solution(LayerProblem problem, ExpertMap start, Cooling cooling) {
    List<ExpertSlot> slots = new ArrayList<>();
    for (int slot = 0; slot < start.slots(); slot++) {
      slots.add(new ExpertSlot(slot, start.gpuOfSlot(slot), start.expert(slot)));
    }
    List<Integer> experts = IntStream.range(0, problem.experts()).boxed().toList();
    return new PlacementSolution(
        problem,
        cooling,
        new SearchState(problem.experts(), problem.shape().gpuCount()),
        Partners.of(problem),
        experts,
        slots);
  }

  private static SolverConfig config(long temperature, long seed, EnvironmentMode mode) {
    LocalSearchPhaseConfig phase =
        new LocalSearchPhaseConfig()
            .withMoveSelectorConfig(
                new MoveIteratorFactoryConfig().withMoveIteratorFactoryClass(SlotMoveFactory.class))
            .withAcceptorConfig(
                new LocalSearchAcceptorConfig()
                    .withSimulatedAnnealingStartingTemperature("0hard/" + temperature + "soft"))
            .withForagerConfig(new LocalSearchForagerConfig().withAcceptedCountLimit(1));
    ScoreDirectorFactoryConfig scoring =
        new ScoreDirectorFactoryConfig()
            .withIncrementalScoreCalculatorClass(PlacementScoreCalculator.class);
    if (mode != EnvironmentMode.NON_REPRODUCIBLE) {
      scoring.withAssertionScoreDirectorFactory(
          new ScoreDirectorFactoryConfig()
              .withEasyScoreCalculatorClass(PlacementScoreFromScratch.class));
    }
    return new SolverConfig()
        .withSolutionClass(PlacementSolution.class)
        .withEntityClasses(ExpertSlot.class)
        .withEnvironmentMode(mode)
        .withRandomSeed(seed)
        .withScoreDirectorFactory(scoring)
        .withTerminationConfig(
            new TerminationConfig().withTerminationClass(CoolingTermination.class))
        .withPhases(phase);
  }
}
