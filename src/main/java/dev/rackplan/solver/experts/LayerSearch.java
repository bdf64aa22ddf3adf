package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.List;
import java.util.Optional;
import org.optaplanner.core.config.solver.EnvironmentMode;

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

  // Where tokens are drawn from loads, what a search has to win over the usual placements: gains
  // below were lost on the tokens themselves as often as not.
  // docs/decisions/0028-windows-of-loads.md
  private static final double LEAST_GAIN_OF_DRAWN = 0.005;

  private final LayerProblem problem;
  private final EnvironmentMode mode;
  private final double hot;
  private final boolean inChains;
  private final Partners partners;
  // The best of the given starts, and of them and the built ones; the best placement found, and
  // what the next chain begins with. None has a second copy on a GPU.
  private final ScoredMap usual;
  private final ScoredMap begun;
  private volatile ScoredMap best;
  private ScoredMap start;
  // The best of the chain that is searched, for other threads; null between chains.
  private volatile PlacementSolution chainBest;

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
    this(
        problem,
        mode,
        inChains,
        hot,
        Partners.of(problem),
        LayerStarts.scored(problem, starts),
        starts.get(0).dealt());
  }

  // Begins with the best of a start that is scored and of built ones.
  private LayerSearch(
      LayerProblem problem,
      EnvironmentMode mode,
      boolean inChains,
      double hot,
      Partners partners,
      ScoredMap usual,
      GpuSlots dealt) {
    this(
        problem,
        mode,
        inChains,
        hot,
        partners,
        usual,
        LayerStarts.orBuilt(problem, usual, dealt, partners));
  }

  // Begins with the best of some starts that are scored.
  private LayerSearch(
      LayerProblem problem,
      EnvironmentMode mode,
      boolean inChains,
      double hot,
      Partners partners,
      ScoredMap usual,
      ScoredMap begun) {
    this.problem = problem;
    this.mode = mode;
    this.hot = hot;
    this.inChains = inChains;
    this.partners = partners;
    this.usual = usual;
    this.begun = begun;
    this.best = usual;
    this.start = begun;
  }

  /**
   * A search of {@code problem} that builds no starts.
   *
   * @param usual a start
   * @param built what a search of as many slots on the same GPUs began with, under another batch
   */
  public static LayerSearch ofBuilt(LayerProblem problem, ExpertMap usual, ExpertMap built) {
    ScoredMap given = LayerStarts.scored(problem, List.of(usual));
    return new LayerSearch(
        problem,
        EnvironmentMode.NON_REPRODUCIBLE,
        fewSlots(List.of(usual)),
        hot(problem, usual),
        Partners.of(problem),
        given,
        given.orBetter(ScoredMap.of(problem, built)));
  }

  /** What its first search began with: the best of the given starts and of the built ones. */
  public ExpertMap begun() {
    return begun.map();
  }

  /** A new search of the layer from the same starts and another one; they are not scored again. */
  public LayerSearch again(ExpertMap from) {
    ScoredMap given = LayerStarts.scored(problem, List.of(from));
    ScoredMap best = given.orBetter(usual);
    return new LayerSearch(problem, mode, inChains, hot, partners, best, best.orBetter(begun));
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
    if (noMoves(best.map())) {
      return new Found(settled(best).map(), settled(best).seconds(), 0, 0);
    }
    // Its start may have changed since the last search.
    Optional<LoadEvening> evening =
        inChains ? Optional.empty() : LoadEvening.of(problem, best.map());
    if (evening.isPresent()) {
      ScoredMap evened = evening.get().evened(best.map(), budget, seed);
      best = best.orBetter(evened);
      start = start.orBetter(evened);
    }
    SearchBudget rest = evening.isPresent() ? budget.rest() : budget;
    ScoredMap begin = start;
    double first = evening.isPresent() ? LoadEvening.hot(hot) : hot;
    double heat = hot > HOT_AGAIN ? 1 : AGAIN[Math.min(searchesBefore, AGAIN.length - 1)];
    long temperature = Math.max(1, Math.round(heat * first * begin.objective()));
    long moves = 0;
    long chain = 0;
    // In chains: one after the other from the same start, each cooled to the end; the best end
    // counts.
    do {
      SearchBudget part = inChains ? budget.chain(moves, CHAIN_MOVES) : rest;
      SlotSolver.Found found =
          new SlotSolver(problem, partners, mode)
              .anneal(
                  begin.map(),
                  new Cooling(part, temperature),
                  seed + 0xD1B54A32D192ED03L * chain,
                  solution -> chainBest = solution);
      moves += found.moves();
      if (found.best().isPresent()) {
        ScoredMap end = found.best().get();
        // Among equals the search's own: it costs less by the objective.
        best = chain == 0 ? end.orBetter(best) : best.orBetter(end);
        start = chain == 0 ? end.orBetter(start) : start.orBetter(end);
      }
      chainBest = null;
      chain++;
    } while (inChains && budget.used(moves) < 1);
    ScoredMap settled = settled(best);
    return new Found(settled.map(), settled.seconds(), before - best.seconds(), moves);
  }

  // Where every GPU holds every expert there is no move to make, and steps would never be used up.
  private boolean noMoves(ExpertMap map) {
    int gpus = problem.shape().gpuCount();
    return gpus == 1 || map.slots() >= problem.experts() * gpus;
  }

  /**
   * From the best so far, a placement that is closer to the best for the sample as a whole; a
   * brief, cool search. The best so far stays.
   *
   * @param closer this layer with more weight on the whole sample, {@link LayerProblem#closer}
   */
  public Found closer(LayerProblem closer, SearchBudget budget, long seed) {
    ScoredMap begin = ScoredMap.of(closer, best.map());
    if (noMoves(begin.map())) {
      return new Found(begin.map(), begin.seconds(), 0, 0);
    }
    double share = AGAIN[AGAIN.length - 1] * hot;
    long temperature = Math.max(1, Math.round(share * begin.objective()));
    Cooling cooling = new Cooling(budget, temperature);
    SlotSolver.Found found =
        new SlotSolver(closer, partners, mode).anneal(begin.map(), cooling, seed, solution -> {});
    ScoredMap end = found.best().map(begin::orBetter).orElse(begin);
    return new Found(end.map(), end.seconds(), begin.seconds() - end.seconds(), found.moves());
  }

  /** The best placement so far; for any thread, also during a search. */
  public ExpertMap soFar() {
    // In this order: a chain's best is only let go of when it is in the best of all.
    PlacementSolution searched = chainBest;
    ScoredMap known = best;
    return settled(
            Optional.ofNullable(searched)
                .flatMap(solution -> SlotSolver.scored(problem, solution))
                .map(known::orBetter)
                .orElse(known))
        .map();
  }

  private ScoredMap settled(ScoredMap found) {
    return problem.drawsTokens() && found.seconds() > usual.seconds() * (1 - LEAST_GAIN_OF_DRAWN)
        ? usual
        : found;
  }
}
