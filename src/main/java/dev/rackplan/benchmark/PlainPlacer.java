package dev.rackplan.benchmark;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A {@link PlainLoop} for each MoE layer of a plan, in parallel, each with an equal time. */
final class PlainPlacer {
  private PlainPlacer() {}

  /**
   * @param plan the start's stages with the maps found
   * @param moves scored moves of all layers together
   */
  record Result(Plan plan, long moves) {}

  static Result place(
      Problem problem, Judge judge, Plan start, double seconds, int threads, long seed) {
    List<NamedPlan> usual = BaselinePlans.of(problem, start);
    List<Integer> layers = List.copyOf(start.experts().keySet());
    double perLayer = seconds * Math.min(threads, layers.size()) / layers.size();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<PlainLoop.Found>> searches = new ArrayList<>();
      for (int layer : layers) {
        searches.add(
            pool.submit(
                () -> {
                  LayerProblem layerProblem = judge.layerProblem(start, layer);
                  List<ExpertMap> maps =
                      usual.stream().map(named -> named.plan().experts().get(layer)).toList();
                  ExpertMap best = LayerSearch.bestSoundStart(layerProblem, maps);
                  return PlainLoop.search(layerProblem, best, perLayer, 31 * seed + layer);
                }));
      }
      SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
      long moves = 0;
      for (int i = 0; i < layers.size(); i++) {
        PlainLoop.Found found = searches.get(i).get();
        maps.put(layers.get(i), found.map());
        moves += found.moves();
      }
      return new Result(new Plan(start.layout(), start.stages(), maps), moves);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while searching layers", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }
}
