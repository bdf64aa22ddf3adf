package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertTime;
import dev.rackplan.cost.PlacementTally;
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

/**
 * Searches one layer's placement from the best of the given starts, once or again and again, each
 * time from the best so far. Only {@link #soFar} may be asked from other threads.
 */
public final class LayerSearch {
  // Share of the start's objective that the first temperature is, where only loads are known and
  // where tokens are: measured in docs/decisions/0028-windows-of-loads.md and
  // docs/decisions/0014-whole-samples-with-caution.md.
  private static final double HOT = 0.0002;
  private static final double HOT_OF_TOKENS = 0.0005;
  // In small layers one slot weighs more than that: this over the square of the slots, which is
  // hotter below 64 slots, and where tokens are known below 127.
  private static final double HOT_OF_FEW_SLOTS = 8;
  // First temperature of the second search of a layer, and of all after it, over that of the first.
  // Layers that are hotter for want of slots begin again each time:
  // docs/decisions/0013-rounds-that-cool.md.
  private static final double[] AGAIN = {1, 0.3, 0.1};
  private static final double HOT_AGAIN = 0.002;
  // Layers with fewer slots freeze in a local optimum that more moves do not leave, so they are
  // searched by many short chains: docs/decisions/0010-chains-of-small-layers.md.
  private static final int FEW_SLOTS = 32;
  private static final long CHAIN_MOVES = 1250;
  // Where loads are evened out first: the part of a budget of time that goes to it, its trials for
  // each move of a budget of moves, and the first temperature after it.
  // docs/decisions/0012-annealing-of-loads.md.
  private static final double EVENING = 0.7;
  private static final long TRIALS_PER_MOVE = 128;
  private static final double HOT_OF_EVENED = 0.0004;

  // Where tokens are drawn from loads, what a search has to win over the usual placements: gains
  // below were lost on the tokens themselves as often as not.
  // docs/decisions/0028-windows-of-loads.md
  private static final double LEAST_GAIN_OF_DRAWN = 0.005;

  private final LayerProblem problem;
  private final EnvironmentMode mode;
  private final double hot;
  private final boolean inChains;
  private final Partners partners;
  // The best placement found, and what the next chain begins with; neither has a second copy on a
  // GPU.
  private final Scored usual;
  private volatile Scored best;
  private Scored start;
  // The best of the chain that is searched, for other threads; null between chains.
  private volatile PlacementSolution chainBest;

  private record Scored(ExpertMap map, double seconds, long objective) {
    static Scored of(LayerProblem problem, ExpertMap map) {
      List<PlacementTally> tallies = problem.tallies(map).all();
      return new Scored(map, problem.seconds(tallies), problem.objectivePicoseconds(tallies));
    }

    /** The one with less time; this one on a tie. */
    Scored orBetter(Scored other) {
      return other.seconds < seconds ? other : this;
    }
  }

  /**
   * @param map the best placement found, never worse than any start; no second copy on a GPU
   * @param seconds its expert time + all-to-all in s
   * @param savedSeconds how much less that is than before this search
   * @param moves scored moves
   */
  public record Found(ExpertMap map, double seconds, double savedSeconds, long moves) {}

  /**
   * A search of {@code problem}, which scores the starts.
   *
   * @param starts at least one, all with equally many slots
   */
  public LayerSearch(LayerProblem problem, List<ExpertMap> starts) {
    this(
        problem,
        starts,
        EnvironmentMode.NON_REPRODUCIBLE,
        hot(problem, starts.get(0)),
        fewSlots(starts));
  }

  private LayerSearch(
      LayerProblem problem,
      List<ExpertMap> starts,
      EnvironmentMode mode,
      double hot,
      boolean inChains) {
    this.problem = problem;
    this.mode = mode;
    this.hot = hot;
    this.inChains = inChains;
    this.partners = Partners.of(problem);
    for (ExpertMap map : soundStarts(problem, starts)) {
      Scored scored = Scored.of(problem, map);
      best = best == null ? scored : best.orBetter(scored);
    }
    usual = best;
    start = usual.orBetter(Scored.of(problem, greedy(problem, starts.get(0).dealt(), 1)));
    if (problem.shape().domainCount() > 1) {
      start = start.orBetter(built(problem.frequency(1), starts.get(0).dealt()));
    }
  }

  /** First temperature of a search from {@code start}, as a share of the start's objective. */
  public static double hot(LayerProblem problem, ExpertMap start) {
    double slots = start.slots();
    return Math.max(
        problem.knowsTokens() ? HOT_OF_TOKENS : HOT, HOT_OF_FEW_SLOTS / (slots * slots));
  }

  private static boolean fewSlots(List<ExpertMap> starts) {
    return starts.get(0).slots() < FEW_SLOTS;
  }

  /** One search within {@code budget}, seeded. */
  public static Found search(
      LayerProblem problem, List<ExpertMap> starts, SearchBudget budget, long seed) {
    return new LayerSearch(problem, starts).search(budget, seed, 0);
  }

  static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode) {
    return new LayerSearch(problem, starts, mode, hot(problem, starts.get(0)), fewSlots(starts))
        .search(budget, seed, 0);
  }

  /** One chain, with the first temperature as {@code hot} times the start's objective. */
  static Found search(
      LayerProblem problem,
      List<ExpertMap> starts,
      SearchBudget budget,
      long seed,
      EnvironmentMode mode,
      double hot) {
    return new LayerSearch(problem, starts, mode, hot, false).search(budget, seed, 0);
  }

  /**
   * The best placement found so far and within {@code budget}.
   *
   * @param searchesBefore how many there were of this layer
   */
  public Found search(SearchBudget budget, long seed, int searchesBefore) {
    double before = best.seconds();
    int gpus = problem.shape().gpuCount();
    // Where every GPU holds every expert there is no move to make, and steps would never be used
    // up.
    if (gpus == 1 || best.map().slots() >= problem.experts() * gpus) {
      return new Found(settled(best).map(), settled(best).seconds(), 0, 0);
    }
    boolean evens = !inChains && loadsDecide(problem, best.map());
    if (evens) {
      even(budget.first(EVENING, TRIALS_PER_MOVE), seed);
    }
    SearchBudget rest = evens ? budget.rest() : budget;
    Scored begin = start;
    double first = evens ? Math.max(HOT_OF_EVENED, hot) : hot;
    double heat = hot > HOT_AGAIN ? 1 : AGAIN[Math.min(searchesBefore, AGAIN.length - 1)];
    long temperature = Math.max(1, Math.round(heat * first * begin.objective()));
    long moves = 0;
    long chain = 0;
    // In chains: one after the other from the same start, each cooled to the end; the best end
    // counts.
    do {
      SearchBudget part = inChains ? budget.chain(moves, CHAIN_MOVES) : rest;
      Cooling cooling = new Cooling(part, temperature);
      DefaultSolver<PlacementSolution> solver =
          solver(temperature, seed + 0xD1B54A32D192ED03L * chain, mode);
      solver.addEventListener(event -> chainBest = event.getNewBestSolution());
      PlacementSolution solved = solver.solve(solution(problem, begin.map(), partners, cooling));
      moves += solver.getSolverScope().getScoreCalculationCount();
      Scored end = scored(problem, solved);
      if (solved.getScore().hardScore() == 0) {
        // Among equals the search's own: it costs less by the objective.
        best = chain == 0 ? end.orBetter(best) : best.orBetter(end);
        start = chain == 0 ? end.orBetter(start) : start.orBetter(end);
      }
      chainBest = null;
      chain++;
    } while (inChains && budget.used(moves) < 1);
    Scored settled = settled(best);
    return new Found(settled.map(), settled.seconds(), before - best.seconds(), moves);
  }

  /**
   * From the best so far, a placement that is closer to the best for the sample as a whole; a
   * brief, cool search. The best so far stays.
   *
   * @param closer this layer with more weight on the whole sample, {@link LayerProblem#closer}
   */
  public Found closer(LayerProblem closer, SearchBudget budget, long seed) {
    Scored begin = Scored.of(closer, best.map());
    int gpus = problem.shape().gpuCount();
    if (gpus == 1 || begin.map().slots() >= problem.experts() * gpus) {
      return new Found(begin.map(), begin.seconds(), 0, 0);
    }
    double share = AGAIN[AGAIN.length - 1] * hot;
    long temperature = Math.max(1, Math.round(share * begin.objective()));
    DefaultSolver<PlacementSolution> solver = solver(temperature, seed, mode);
    PlacementSolution solved =
        solver.solve(solution(closer, begin.map(), partners, new Cooling(budget, temperature)));
    Scored end =
        solved.getScore().hardScore() == 0 ? begin.orBetter(scored(closer, solved)) : begin;
    long moves = solver.getSolverScope().getScoreCalculationCount();
    return new Found(end.map(), end.seconds(), begin.seconds() - end.seconds(), moves);
  }

  /** The best placement so far; for any thread, also during a search. */
  public ExpertMap soFar() {
    // In this order: a chain's best is only let go of when it is in the best of all.
    PlacementSolution searched = chainBest;
    Scored known = best;
    return searched == null || searched.getScore().hardScore() < 0
        ? settled(known).map()
        : settled(known.orBetter(scored(problem, searched))).map();
  }

  private Scored settled(Scored found) {
    return problem.drawsTokens() && found.seconds() > usual.seconds() * (1 - LEAST_GAIN_OF_DRAWN)
        ? usual
        : found;
  }

  private static Scored scored(LayerProblem problem, PlacementSolution solution) {
    int[] experts = solution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    return Scored.of(problem, new ExpertMap(experts, problem.shape().gpuCount()));
  }

  private void even(SearchBudget budget, long seed) {
    ExpertMap greedy = greedy(problem, best.map().dealt(), 2);
    Scored annealed = Scored.of(problem, LoadAnnealing.anneal(problem, greedy, budget, seed));
    best = best.orBetter(annealed);
    start = start.orBetter(annealed);
  }

  /**
   * Whether what the GPUs compute decides, and can be summed up from replicas alone: replicas get
   * equal shares, only loads known, and no weight fetch that takes longer on the slowest GPU.
   */
  private static boolean loadsDecide(LayerProblem problem, ExpertMap start) {
    if (!problem.engine().dispatchRule().sharesAlike()
        || !problem.knowsLoadsOnly()
        || problem.knowsTokens()) {
      return false;
    }
    for (PlacementTally tally : problem.tallies(start).all()) {
      int gpu = problem.model().slowestGpu(tally);
      ExpertTime time = problem.model().gpuTime(gpu, tally.load(gpu), tally.activeExperts(gpu));
      if (time.fetchSeconds() > time.computeSeconds()) {
        return false;
      }
    }
    return true;
  }

  /** The start with the least time; the first on a tie. */
  public static ExpertMap bestOf(LayerProblem problem, List<ExpertMap> starts) {
    return starts.stream()
        .map(start -> Scored.of(problem, start))
        .reduce(Scored::orBetter)
        .orElseThrow()
        .map();
  }

  /**
   * The starts, each made free of second copies on a GPU; where tokens are drawn from loads, each
   * followed by the same with its domains evened out.
   */
  public static List<ExpertMap> soundStarts(LayerProblem problem, List<ExpertMap> starts) {
    double[] frequency = problem.frequency(1);
    DispatchRule rule = problem.engine().dispatchRule();
    List<ExpertMap> sound = new ArrayList<>();
    for (ExpertMap map : starts) {
      sound.add(map.withoutSecondCopies(frequency, problem.shape()::domainOf));
      if (problem.drawsTokens()) {
        ExpertMap last = sound.get(sound.size() - 1);
        sound.add(DomainEvening.of(rule, problem.shape(), frequency, last));
      }
    }
    return sound;
  }

  /**
   * The best of the starts, each made free of second copies on a GPU, and a greedy placement: what
   * a search begins with.
   */
  public static ExpertMap bestSoundStart(LayerProblem problem, List<ExpertMap> starts) {
    return new LayerSearch(problem, starts).start.map();
  }

  // As many experts with a copy in every domain as is best: a few numbers, then those between.
  private Scored built(double[] frequency, GpuSlots dealt) {
    int most =
        DomainPlacement.mostFull(frequency.length, dealt.slots(), problem.shape().domainCount());
    int step = Math.max(1, (most + 3) / 4);
    int bestFull = 0;
    Scored found = built(frequency, dealt, 0);
    for (int full = step; full <= most; full += step) {
      Scored other = built(frequency, dealt, full);
      bestFull = other.seconds() < found.seconds() ? full : bestFull;
      found = found.orBetter(other);
    }
    for (int near = step / 2; near >= 1; near /= 2) {
      for (int full : new int[] {bestFull - near, bestFull + near}) {
        if (full >= 0 && full <= most) {
          Scored other = built(frequency, dealt, full);
          bestFull = other.seconds() < found.seconds() ? full : bestFull;
          found = found.orBetter(other);
        }
      }
    }
    return found;
  }

  private Scored built(double[] frequency, GpuSlots dealt, int full) {
    return Scored.of(problem, DomainPlacement.of(problem, frequency, dealt, partners, full));
  }

  // By the power mean over scenarios: of a high power, copies go to what is hot in any of them.
  private static ExpertMap greedy(LayerProblem problem, GpuSlots dealt, int power) {
    return StartPlacement.greedy(problem.frequency(power), dealt);
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
