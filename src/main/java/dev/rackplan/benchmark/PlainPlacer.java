package dev.rackplan.benchmark;

import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.solver.LayerThreads;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerStarts;
import dev.rackplan.solver.experts.SearchBudget;
import dev.rackplan.solver.experts.SearchClock;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** A {@link PlainLoop} for each MoE layer of a plan, in parallel, each with an equal time. */
final class PlainPlacer {
  private final Judge judge;
  private final Plan start;
  private final SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
  private long moves;

  private PlainPlacer(Judge judge, Plan start) {
    this.judge = judge;
    this.start = start;
  }

  /**
   * @param plan the start's stages with the maps found
   * @param moves scored moves of all layers together
   */
  record Result(Plan plan, long moves) {}

  /**
   * @param start whose stages the experts are placed on
   * @param usual plans on the same stages, whose maps each layer starts from the best of
   * @param budget its seconds are those of all layers together
   */
  static Result place(
      Judge judge, Plan start, List<NamedPlan> usual, BenchmarkBudget budget, long seed) {
    return new PlainPlacer(judge, start).place(usual, budget, seed);
  }

  private Result place(List<NamedPlan> usual, BenchmarkBudget budget, long seed) {
    List<Integer> layers = List.copyOf(start.experts().keySet());
    int threads = Math.min(budget.threads(), layers.size());
    double perLayer = budget.seconds() * threads / layers.size();
    List<Callable<PlainLoop.Found>> searches = new ArrayList<>();
    for (int layer : layers) {
      searches.add(() -> search(layer, usual, perLayer, budget.clock(), seed));
    }
    LayerThreads.run(
        threads,
        searches,
        (i, found) -> {
          maps.put(layers.get(i), found.map());
          moves += found.moves();
        });
    return new Result(new Plan(start.layout(), start.stages(), maps), moves);
  }

  private PlainLoop.Found search(
      int layer, List<NamedPlan> usual, double seconds, SearchClock clock, long seed) {
    LayerProblem problem = judge.layerProblem(start, layer);
    List<ExpertMap> starts =
        usual.stream().map(named -> named.plan().experts().get(layer)).toList();
    // Building the start is part of a search's time, here as there.
    SearchBudget budget = SearchBudget.ofSeconds(seconds, clock, () -> false);
    ExpertMap start = LayerStarts.bestSound(problem, starts);
    return PlainLoop.search(problem, start, budget, 31 * seed + layer);
  }
}
