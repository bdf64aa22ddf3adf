package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.Roof;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.DispatchRule;
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
  // Where loads are evened out first: the part of a budget of time that goes to it, its trials for
  // each move of a budget of moves, and the first temperature after it.
  // docs/decisions/0012-annealing-of-loads.md.
  private static final double EVENING = 0.7;
  private static final long TRIALS_PER_MOVE = 128;
  private static final double COOLER = 0.2;

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
    return search(problem, starts, budget, seed, mode, hot, slots < FEW_SLOTS);
  }

  /** One chain, with the first temperature as {@code hot} times the start's objective. */
  static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode,
      double hot) {
    return search(problem, starts, budget, seed, mode, hot, false);
  }

  // In chains: one after the other from the same start, each cooled to the end; the best one's end.
  private static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode,
      double hot,
      boolean inChains) {
    Found first = bestOf(problem, starts);
    int gpus = problem.shape().gpuCount();
    // Where every GPU holds every expert there is no move to make, and steps would never be used
    // up.
    if (gpus == 1 || starts.get(0).slots() >= problem.experts() * gpus) {
      return first;
    }
    boolean evens = !inChains && loadsDecide(problem, first.map());
    List<ExpertMap> candidates = new ArrayList<>(starts);
    if (evens) {
      SearchBudget evening = budget.first(EVENING, TRIALS_PER_MOVE);
      ExpertMap greedy = greedy(problem, first.map().dealt(), 2);
      candidates.add(LoadAnnealing.anneal(problem, greedy, evening, seed));
    }
    SearchBudget rest = evens ? budget.rest() : budget;
    ExpertMap start = bestSoundStart(problem, candidates);
    Partners partners = Partners.of(problem);
    long objective = problem.objectivePicoseconds(problem.tallies(start).all());
    long temperature = Math.max(1, Math.round((evens ? COOLER : 1) * hot * objective));
    Found best = bestOf(problem, candidates);
    long moves = 0;
    long chain = 0;
    do {
      SearchBudget part = inChains ? budget.chain(moves, CHAIN_MOVES) : rest;
      Cooling cooling = new Cooling(part, temperature);
      DefaultSolver<PlacementSolution> solver =
          solver(temperature, seed + 0xD1B54A32D192ED03L * chain, mode);
      PlacementSolution solved = solver.solve(solution(problem, start, partners, cooling));
      moves += solver.getSolverScope().getScoreCalculationCount();
      ExpertMap map =
          new ExpertMap(solved.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray(), gpus);
      double seconds = problem.seconds(map);
      boolean better = seconds < best.seconds() || (chain == 0 && seconds == best.seconds());
      if (better && solved.getScore().hardScore() == 0) {
        best = new Found(map, seconds, 0, 0);
      }
      chain++;
    } while (inChains && budget.used(moves) < 1);
    return new Found(best.map(), best.seconds(), first.seconds() - best.seconds(), moves);
  }

  /**
   * Whether what the GPUs compute decides, and can be summed up from replicas alone: rule even,
   * only loads known, and no weight fetch that takes longer on the slowest GPU.
   */
  private static boolean loadsDecide(LayerProblem problem, ExpertMap start) {
    if (problem.engine().dispatchRule() != DispatchRule.EVEN || problem.knowsTokens()) {
      return false;
    }
    for (PlacementTally tally : problem.tallies(start).all()) {
      int gpu = problem.model().slowestGpu(tally);
      Roof roof = problem.model().gpuRoof(gpu, tally.load(gpu), tally.activeExperts(gpu));
      if (roof.memorySeconds() > roof.computeSeconds()) {
        return false;
      }
    }
    return true;
  }

  /** The start with the least time; the first on a tie. */
  public static Found bestOf(LayerProblem problem, List<ExpertMap> starts) {
    Found best = null;
    for (ExpertMap start : starts) {
      double seconds = problem.seconds(start);
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
    sound.add(greedy(problem, starts.get(0).dealt(), 1));
    return sound;
  }

  // By the power mean over scenarios: of a high power, copies go to what is hot in any of them.
  private static ExpertMap greedy(LayerProblem problem, GpuSlots dealt, int power) {
    return new ExpertMap(StartPlacement.greedy(problem.frequency(power), dealt), dealt.gpus());
  }

  private static PlacementSolution solution(
      LayerProblem problem, ExpertMap start, Partners partners, Cooling cooling) {
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

  private static DefaultSolver<PlacementSolution> solver(
      long temperature, long seed, EnvironmentMode mode) {
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
    SolverConfig config =
        new SolverConfig()
            .withSolutionClass(PlacementSolution.class)
            .withEntityClasses(ExpertSlot.class)
            .withEnvironmentMode(mode)
            .withRandomSeed(seed)
            .withScoreDirectorFactory(scoring)
            .withTerminationConfig(
                new TerminationConfig().withTerminationClass(CoolingTermination.class))
            .withPhases(phase);
    return (DefaultSolver<PlacementSolution>)
        SolverFactory.<PlacementSolution>create(config).buildSolver();
  }
}
