package dev.rackplan.replan;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.Pins.PinnedSlots;
import dev.rackplan.solver.LayerThreads;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import dev.rackplan.solver.experts.SearchBudget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * New plans for a changed problem, from the one that moves least to the one that is fastest.
 *
 * <p>Each MoE layer has several maps: with the forced changes only; with one more change after the
 * other, each the best of many tried; searched from there; and searched afresh. Layers do not
 * depend on one another, so that a price per moved byte picks the best map of each.
 */
public final class Replanner {
  // Without a limit, the plan that moves least among those this close to the fastest.
  private static final double WORTH = 0.015;
  // By how much of its time a layer may change where rows of its map are exchanged. Assumed; 1e-6
  // is too little for some layers.
  private static final double ALIKE = 1e-4;

  private final RunningPlan running;
  private final Problem problem;
  private final ProblemRouting routing;
  private final KeptRanks kept;
  private final HeldExperts gpus;
  private final List<StageShape> shapes;
  private final ReplanOptions options;

  private record LayerChoice(ExpertMap map, double seconds, double bytes) {}

  private record LayerChoices(
      int layer,
      LayerChoice forced,
      List<LayerChoice> all,
      LayerChoice fresh,
      double unlabelledBytes) {}

  private Replanner(RunningPlan running, Problem problem, ReplanOptions options) {
    this.running = running;
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.options = options;
    this.kept = KeptRanks.of(running, problem);
    this.gpus = new HeldExperts(running, problem, kept.layout(), kept.stages());
    this.shapes = PlanShapes.shapes(problem.topology(), kept.layout(), kept.stages(), 0);
  }

  /**
   * New plans for {@code problem}.
   *
   * @throws NoReplanException where the running layout can't go on
   */
  public static Replan of(RunningPlan running, Problem problem, ReplanOptions options) {
    return new Replanner(running, problem, options).replan();
  }

  private Replan replan() {
    SortedMap<Integer, ExpertMap> forced = new TreeMap<>();
    for (int layer : problem.model().moeLayers()) {
      forced.put(layer, forced(layer));
    }
    Plan start = new Plan(kept.layout(), kept.stages(), forced);
    List<NamedPlan> usual = forced.isEmpty() ? List.of() : BaselinePlans.of(problem, start);
    List<Callable<LayerChoices>> tasks = new ArrayList<>();
    for (int layer : forced.keySet()) {
      tasks.add(() -> choices(layer, forced.get(layer), usual));
    }
    List<LayerChoices> layers = new ArrayList<>();
    LayerThreads.run(options.threads(), tasks, (i, found) -> layers.add(found));
    layers.sort(Comparator.comparingInt(LayerChoices::layer));

    Evaluator evaluator = new Evaluator(problem, routing);
    PriceCurve drawn = new PriceCurve(price -> pick(layers, price), maps -> point(evaluator, maps));
    double enough = enough(drawn.points());
    drawn.closeIn(
        options.limited()
            ? point -> point.moves().expertBytes() > options.mostMovedBytes()
            : point -> point.evaluation().stepSeconds() <= enough);
    List<ReplanPoint> curve = drawn.points();
    SortedMap<Integer, ExpertMap> afresh = new TreeMap<>();
    layers.forEach(layer -> afresh.put(layer.layer(), layer.fresh().map()));
    ReplanPoint fresh = point(evaluator, afresh);
    double unlabelled = layers.stream().mapToDouble(LayerChoices::unlabelledBytes).sum();
    return new Replan(undominated(curve), fresh, unlabelled, chosen(curve));
  }

  /** Points that no other one beats in time and bytes both; the first moves least. */
  private static List<ReplanPoint> undominated(List<ReplanPoint> curve) {
    List<ReplanPoint> points = new ArrayList<>();
    double best = Double.POSITIVE_INFINITY;
    for (ReplanPoint point : curve) {
      if (points.isEmpty() || point.evaluation().stepSeconds() < best) {
        points.add(point);
        best = point.evaluation().stepSeconds();
      }
    }
    return points;
  }

  private Optional<ReplanPoint> chosen(List<ReplanPoint> curve) {
    List<ReplanPoint> allowed = allowed(curve);
    if (options.nothingChanged() && !allowed.isEmpty()) {
      return Optional.of(allowed.get(0));
    }
    double enough = enough(curve);
    return allowed.stream().filter(p -> p.evaluation().stepSeconds() <= enough).findFirst();
  }

  private List<ReplanPoint> allowed(List<ReplanPoint> curve) {
    return curve.stream()
        .filter(point -> point.evaluation().feasible())
        .filter(point -> point.moves().expertBytes() <= options.mostMovedBytes())
        .toList();
  }

  /** Step time in s that the plan to take has to reach. */
  private double enough(List<ReplanPoint> curve) {
    double best =
        allowed(curve).stream().mapToDouble(p -> p.evaluation().stepSeconds()).min().orElse(0);
    return options.limited() ? best : best * (1 + WORTH);
  }

  private ReplanPoint point(Evaluator evaluator, SortedMap<Integer, ExpertMap> maps) {
    Plan plan = new Plan(kept.layout(), kept.stages(), maps);
    Evaluation evaluation = evaluator.evaluate(plan);
    return new ReplanPoint(plan, evaluation, WeightMoves.of(running, problem, plan));
  }

  private static SortedMap<Integer, ExpertMap> pick(List<LayerChoices> layers, double price) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    for (LayerChoices layer : layers) {
      LayerChoice best = layer.forced();
      if (price < Double.POSITIVE_INFINITY) {
        for (LayerChoice choice : layer.all()) {
          if (choice.seconds() + price * choice.bytes() < best.seconds() + price * best.bytes()) {
            best = choice;
          }
        }
      }
      maps.put(layer.layer(), best.map());
    }
    return maps;
  }

  private ExpertMap forced(int layer) {
    int stage = gpus.stageOf(layer);
    List<Integer> ranks = kept.ranks().get(stage);
    // A rank on a GPU that was idle begins with what the lost one held.
    int[][] held =
        kept.layout().expertHosts(ranks).stream()
            .map(rank -> running.slots(layer, kept.layout().expertHostOf(rank)))
            .toArray(int[][]::new);
    double[] frequency = layerProblem(layer).frequency(1);
    GpuSlots dealt = kept.layout().dealt(frequency.length + slotsBeyond(layer, frequency.length));
    return KeptExperts.of(held, frequency, dealt, pinned(layer));
  }

  // Redundant slots of a layer: fewer where the running plan had fewer for want of memory.
  private int slotsBeyond(int layer, int experts) {
    int before = running.plan().experts().get(layer).slots() - experts;
    int most = running.plan().layout().redundantExperts();
    return before < most
        ? Math.min(before, kept.layout().redundantExperts())
        : kept.layout().redundantExperts();
  }

  private LayerProblem layerProblem(int layer) {
    StageModel model = new StageModel(problem, kept.layout(), shapes.get(gpus.stageOf(layer)));
    return LayerProblem.of(problem, routing, model, layer);
  }

  private LayerChoices choices(int layer, ExpertMap forced, List<NamedPlan> usual) {
    LayerProblem layerProblem = layerProblem(layer);
    List<List<SortedSet<Integer>>> held = gpus.of(layer);
    LayerChoice least = unlabelled(layer, layerProblem, forced, held);
    if (options.pins().layers().contains(layer)) {
      return new LayerChoices(layer, least, List.of(), least, least.bytes());
    }
    boolean somePinned = options.pins().some(layer);
    List<LayerChoice> all = new ArrayList<>();
    for (ExpertMap map :
        FewChanges.from(layerProblem, forced, pinned(layer), options.seed() + layer)) {
      // Exchanged rows would leave pinned GPUs.
      all.add(
          somePinned
              ? unlabelled(layer, layerProblem, map, held)
              : choice(layer, layerProblem, map, held));
    }
    long seed = options.seed() + 31L * layer;
    if (!somePinned) {
      ExpertMap searched = search(layerProblem, List.of(forced), seed);
      all.add(choice(layer, layerProblem, searched, held));
    }
    List<ExpertMap> starts =
        usual.stream()
            .map(named -> named.plan().experts().get(layer))
            .filter(map -> map != null && map.slots() == forced.slots())
            .toList();
    ExpertMap afresh = search(layerProblem, starts.isEmpty() ? List.of(forced) : starts, seed + 1);
    LayerChoice fresh = choice(layer, layerProblem, afresh, held);
    if (!somePinned) {
      all.add(fresh);
    }
    return new LayerChoices(layer, least, all, fresh, gpus.movedBytes(layer, afresh, held));
  }

  private ExpertMap search(LayerProblem layerProblem, List<ExpertMap> starts, long seed) {
    return LayerSearch.search(
            layerProblem, starts, SearchBudget.ofMoves(options.steps(), () -> false), seed)
        .map();
  }

  private PinnedSlots pinned(int layer) {
    return options.pins().of(layer, gpus.names(layer), kept.layout());
  }

  private LayerChoice unlabelled(
      int layer, LayerProblem layerProblem, ExpertMap map, List<List<SortedSet<Integer>>> held) {
    return new LayerChoice(map, layerProblem.seconds(map), gpus.movedBytes(layer, map, held));
  }

  private LayerChoice choice(
      int layer, LayerProblem layerProblem, ExpertMap map, List<List<SortedSet<Integer>>> held) {
    LayerChoice as = unlabelled(layer, layerProblem, map, held);
    ExpertMap relabelled = Relabelling.of(map, layerProblem.shape(), kept.layout(), held);
    if (relabelled.equals(map)) {
      return as;
    }
    LayerChoice labelled = unlabelled(layer, layerProblem, relabelled, held);
    // Ranks of a node are alike under every rule, except for a little that the expected slowest GPU
    // differs by; should they not be, nothing is exchanged.
    boolean alike = Math.abs(labelled.seconds() - as.seconds()) <= ALIKE * as.seconds();
    return alike && labelled.bytes() <= as.bytes() ? labelled : as;
  }
}
