package dev.rackplan.solver;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import dev.rackplan.solver.stages.StageAssignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Solves one layout: stages, then experts layer by layer, then stages again with what the layers
 * now cost.
 */
final class LayoutSolver {
  private final Problem problem;
  private final ProblemRouting routing;
  private final LayoutStart layoutStart;
  private final LayoutCase layoutCase;
  private long moves;
  private Optional<Plan> closer = Optional.empty();
  private Optional<Plan> begun = Optional.empty();
  private final List<List<Integer>> otherInstances;
  // By block and layer, those that built their starts: a later search of the same layer needs not.
  private final Map<Place, LayerSearch> searches = new HashMap<>();

  private record Place(int block, int layer) {}

  LayoutSolver(Problem problem, ProblemRouting routing, LayoutStart layoutStart) {
    this.problem = problem;
    this.routing = routing;
    this.layoutStart = layoutStart;
    this.layoutCase = layoutStart.layoutCase();
    this.otherInstances = layoutStart.otherInstances();
  }

  /** What no instance of this layout can beat on its blocks. */
  PipelineBound.StageTimes bound() {
    return layoutCase.bound();
  }

  /**
   * The start: the exact cut on the first blocks with the best usual expert placements; empty where
   * memory does not hold it.
   */
  Optional<Plan> start() {
    return layoutStart.cut().map(assignment -> plan(assignment, usualMaps(assignment)));
  }

  /**
   * Searches from a plan of this layout: the result of {@link #start}, or of an earlier search.
   *
   * @param others for a short look: what searches of other layouts began with; that of one with the
   *     same slots on the same GPUs stands in for building starts again
   * @param seconds wall-clock time in s; not used where the options give steps
   * @param soFar told where the plan of the layers' bests is, until the caller ends it
   */
  Plan solve(
      Plan start,
      List<Plan> others,
      SolverOptions options,
      double seconds,
      LayerProgress progress,
      BooleanSupplier cancelled,
      PlanSoFar soFar) {
    StageAssignment assignment = assignment(start);
    SortedMap<Integer, ExpertMap> maps =
        searchLayers(start, others, assignment, options, seconds, progress, cancelled, soFar);
    Plan best = plan(assignment, maps);
    if (layoutCase.layout().pipelineStages() == 1
        || options.warmStart().map(WarmStart::keepsStages).orElse(false)) {
      return best;
    }
    Optional<StageAssignment> again =
        layoutStart.recut(found(assignment, maps), options.seeded(options.seed() + 1));
    if (again.isPresent() && !again.get().equals(assignment)) {
      best = better(best, plan(again.get(), mapsFor(again.get(), assignment, maps)));
    }
    return best;
  }

  /**
   * What the search judges layer {@code layer} of {@code plan} by, in s.
   *
   * @param plan of this layout, on hosts of its start
   */
  double searchedSeconds(Plan plan, int layer) {
    int block = assignment(plan).blocks().get(plan.stageOf(layer));
    return layoutCase.layerProblem(block, layer).seconds(plan.experts().get(layer));
  }

  /**
   * The plan of the last search with maps that are closer to the best for the whole sample; empty
   * before a search.
   */
  Optional<Plan> closer() {
    return closer;
  }

  /** The plan of what its last search began with; empty before a search. */
  Optional<Plan> begun() {
    return begun;
  }

  /** Scored moves of all searches so far. */
  long moves() {
    return moves;
  }

  /** Whether every layer has all redundant experts of the layout. */
  boolean holdsAllRedundantExperts() {
    return layoutStart.holdsAllRedundantExperts();
  }

  /** Told after each searched layer, with the TPOT or TTFT that is reached so far. */
  @FunctionalInterface
  interface LayerProgress {
    void layerDone(int done, int layers, double stepSeconds);
  }

  private StageAssignment assignment(Plan plan) {
    List<Integer> first = new ArrayList<>();
    List<Integer> blocks = new ArrayList<>();
    for (Stage stage : plan.stages()) {
      List<Integer> gpus = stage.gpusOfInstance(0, plan.layout().gpusPerStage());
      first.add(stage.firstLayer());
      blocks.add(layoutCase.indexOfBlock(gpus));
    }
    return new StageAssignment(first, blocks);
  }

  private List<TreeMap<Integer, Double>> found(
      StageAssignment assignment, SortedMap<Integer, ExpertMap> maps) {
    List<TreeMap<Integer, Double>> found = layoutCase.nothingFound();
    for (var entry : maps.entrySet()) {
      int block = assignment.blocks().get(stageOf(assignment, entry.getKey()));
      found
          .get(layoutCase.classOfBlock(block))
          .put(entry.getKey(), layoutCase.moeSeconds(block, entry.getKey(), entry.getValue()));
    }
    return found;
  }

  // A layer that moved to a block of another class takes that class's best usual placement.
  private SortedMap<Integer, ExpertMap> mapsFor(
      StageAssignment now, StageAssignment before, SortedMap<Integer, ExpertMap> maps) {
    SortedMap<Integer, ExpertMap> result = new TreeMap<>();
    for (var entry : maps.entrySet()) {
      int layer = entry.getKey();
      int block = now.blocks().get(stageOf(now, layer));
      int oldBlock = before.blocks().get(stageOf(before, layer));
      boolean sameClass = layoutCase.classOfBlock(block) == layoutCase.classOfBlock(oldBlock);
      result.put(layer, sameClass ? entry.getValue() : layoutCase.usual(block, layer));
    }
    return result;
  }

  private SortedMap<Integer, ExpertMap> usualMaps(StageAssignment assignment) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    for (int layer : problem.model().moeLayers()) {
      maps.put(layer, layoutCase.usual(assignment.blocks().get(stageOf(assignment, layer)), layer));
    }
    return maps;
  }

  private int stageOf(StageAssignment assignment, int layer) {
    int stage = 0;
    while (stage + 1 < assignment.firstLayers().size()
        && assignment.firstLayers().get(stage + 1) <= layer) {
      stage++;
    }
    return stage;
  }

  private SortedMap<Integer, ExpertMap> searchLayers(
      Plan start,
      List<Plan> others,
      StageAssignment assignment,
      SolverOptions options,
      double seconds,
      LayerProgress progress,
      BooleanSupplier cancelled,
      PlanSoFar soFar) {
    List<Integer> layers =
        problem.model().moeLayers().stream()
            .filter(layer -> options.warmStart().map(from -> from.searches(layer)).orElse(true))
            .toList();
    Optional<Plan> built = others.stream().filter(plan -> placesAlike(plan, start)).findFirst();
    List<ExpertRounds.Job> jobs = new ArrayList<>();
    List<Place> places = new ArrayList<>();
    for (int layer : layers) {
      Place place = new Place(assignment.blocks().get(stageOf(assignment, layer)), layer);
      places.add(place);
      LayerProblem layerProblem = layoutCase.layerProblem(place.block(), layer);
      ExpertMap map = start.experts().get(layer);
      // Layers must not share a random sequence: the odd constant spreads neighbouring seeds.
      long seed = options.seed() * 0x9E3779B97F4A7C15L + layer;
      jobs.add(
          new ExpertRounds.Job(
              layerProblem, map, () -> search(place, layerProblem, map, built), seed));
    }
    ReachedStep reached = ReachedStep.of(problem, routing, start);
    ExpertRounds rounds =
        new ExpertRounds(
            jobs,
            options,
            (searches, ofSearches, job, saved) ->
                progress.layerDone(
                    searches,
                    ofSearches,
                    reached.after(stageOf(assignment, layers.get(job)), saved)),
            cancelled);
    soFar.begins(() -> plan(assignment, with(start, layers, rounds.soFar())));
    ExpertRounds.Result found = rounds.search(seconds);
    moves += found.moves();
    begun = Optional.of(plan(assignment, with(start, layers, rounds.begun())));
    for (int i = 0; i < jobs.size() && built.isEmpty(); i++) {
      Place place = places.get(i);
      rounds.searchOf(i).ifPresent(search -> searches.put(place, search));
    }
    closer = Optional.of(plan(assignment, with(start, layers, found.closer())));
    return with(start, layers, found.maps());
  }

  private LayerSearch search(
      Place place, LayerProblem layerProblem, ExpertMap map, Optional<Plan> built) {
    LayerSearch before = searches.get(place);
    if (before != null) {
      return before.again(map);
    }
    if (built.isPresent()) {
      return LayerSearch.ofBuilt(layerProblem, map, built.get().experts().get(place.layer()));
    }
    List<ExpertMap> starts = new ArrayList<>(List.of(map));
    starts.addAll(layoutCase.starts(place.block(), place.layer()));
    return new LayerSearch(layerProblem, starts);
  }

  // Whether the same numbers of slots lie on the same GPUs, layer by layer.
  private static boolean placesAlike(Plan one, Plan other) {
    return one.stages().equals(other.stages())
        && one.experts().keySet().equals(other.experts().keySet())
        && one.experts().entrySet().stream()
            .allMatch(
                entry -> {
                  ExpertMap map = other.experts().get(entry.getKey());
                  return map.slots() == entry.getValue().slots()
                      && map.gpus() == entry.getValue().gpus();
                });
  }

  private static SortedMap<Integer, ExpertMap> with(
      Plan start, List<Integer> layers, List<ExpertMap> maps) {
    SortedMap<Integer, ExpertMap> all = new TreeMap<>(start.experts());
    for (int i = 0; i < layers.size(); i++) {
      all.put(layers.get(i), maps.get(i));
    }
    return all;
  }

  private Plan better(Plan a, Plan b) {
    Loss loss = Standing.of(problem, routing, a).loss();
    return Standing.of(problem, routing, b).loss().isLessThan(loss) ? b : a;
  }

  private Plan plan(StageAssignment assignment, SortedMap<Integer, ExpertMap> maps) {
    List<Stage> stages = new ArrayList<>();
    int count = assignment.blocks().size();
    for (int s = 0; s < count; s++) {
      List<Integer> gpus = new ArrayList<>(layoutCase.block(assignment.blocks().get(s)));
      for (int i = s; i < otherInstances.size(); i += count) {
        gpus.addAll(otherInstances.get(i));
      }
      stages.add(
          new Stage(
              assignment.firstLayers().get(s),
              assignment.lastLayer(s, problem.model().layers().size()),
              gpus));
    }
    return new Plan(layoutCase.layout(), stages, maps);
  }
}
