package dev.rackplan.replan;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.TallyCounter;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.Pins.PinnedSlots;
import dev.rackplan.solver.LayerThreads;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import dev.rackplan.solver.experts.LayerStarts;
import dev.rackplan.solver.experts.SearchBudget;
import dev.rackplan.solver.experts.SearchClock;
import dev.rackplan.topology.Network;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.RoutingWindows;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * From a running plan to the one for the next window of traffic, of which those before are known.
 *
 * <p>Layouts, stages and GPUs stay. Each layer is planned for the windows so far, mixed by weight
 * and looked at in parts of each: its running map changed step by step, the usual placements, and a
 * search from any of them. Which of them a layer takes follows from what its expert time and
 * all-to-all lose over the steps till the next window ({@link NextWindows}) against what its bytes
 * take on the links; of what is gained a part is counted. The whole plan is taken only where its
 * step time pays for the transfers, all at once.
 */
public final class WindowReplanner {
  /**
   * Share of a gain on the windows so far that the next one is expected to keep. Measured: 0.35 to
   * 2.3, docs/decisions/0032.
   */
  private static final double KEPT_GAIN = 0.5;

  private static final int MOST_CHANGES = 16;
  private static final int WINDOWS = 32;
  // Of the time of a layer, for its search; the changes before take theirs.
  private static final double OF_SEARCH = 0.7;
  private static final int DOUBLINGS = 60;
  private static final int HALVINGS = 12;

  private final Problem problem;
  private final Plan running;
  private final List<RoutingProfile> windows;
  private final double keep;
  private final WindowOptions options;
  private final ProblemRouting routing;
  private final HeldExperts gpus;
  private final List<StageShape> shapes;

  private record Choice(ExpertMap map, double seconds, double bytes) {}

  private WindowReplanner(
      Problem problem, Plan running, List<RoutingProfile> windows, WindowOptions options) {
    Workload workload = problem.workload();
    this.keep = options.keep().orElseGet(() -> RoutingWindows.foretellingKeep(windows));
    this.problem =
        problem.withWorkload(
            workload.withRouting(workload.routing().of(RoutingWindows.mixed(windows, keep))));
    this.running = running;
    this.windows = windows;
    this.options = options;
    this.routing = ProblemRouting.of(this.problem);
    this.gpus =
        new HeldExperts(
            new RunningPlan(problem, running), problem, running.layout(), running.stages());
    this.shapes = PlanShapes.shapes(problem.topology(), running.layout(), running.stages(), 0);
  }

  /**
   * What to run after {@code windows}.
   *
   * @param problem that {@code running} is a plan of; its routing is not looked at
   * @param windows that were seen, the oldest first; at least one
   */
  public static WindowReplan next(
      Problem problem, Plan running, List<RoutingProfile> windows, WindowOptions options) {
    return new WindowReplanner(problem, running, windows, options).next();
  }

  private WindowReplan next() {
    List<Integer> layers = List.copyOf(running.experts().keySet());
    double perLayer =
        options.seconds().orElse(0)
            * Math.min(options.threads(), layers.size())
            / Math.max(1, layers.size());
    List<NamedPlan> usual = BaselinePlans.of(problem, running);
    List<Callable<List<Choice>>> tasks = new ArrayList<>();
    for (int layer : layers) {
      tasks.add(() -> choices(layer, usual, perLayer));
    }
    SortedMap<Integer, List<Choice>> choices = new TreeMap<>();
    LayerThreads.run(options.threads(), tasks, (i, found) -> choices.put(layers.get(i), found));
    double before = stepSeconds(running);
    Plan plan = within(choices);
    WeightMoves moves = WeightMoves.of(gpus.running(), problem, plan);
    double after = moves.moves().isEmpty() ? before : stepSeconds(plan);
    return KEPT_GAIN * (before - after) * options.stepsPerWindow() > moves.seconds()
        ? new WindowReplan(plan, moves, before, after)
        : new WindowReplan(
            running, WeightMoves.of(gpus.running(), problem, running), before, before);
  }

  private double stepSeconds(Plan plan) {
    return CostedPlan.of(problem, routing, plan, CostDetail.TIMES, TallyCounter.COUNT)
        .stepSeconds();
  }

  /** The best plan by the links' price of a byte, or by the least one that keeps the limit. */
  private Plan within(SortedMap<Integer, List<Choice>> choices) {
    double cheap = secondsPerByte();
    if (bytes(choices, cheap) <= options.mostMovedBytes()) {
      return picked(choices, cheap);
    }
    double dear = cheap;
    for (int i = 0; i < DOUBLINGS && bytes(choices, dear) > options.mostMovedBytes(); i++) {
      cheap = dear;
      dear *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = Math.sqrt(cheap * dear);
      if (bytes(choices, middle) > options.mostMovedBytes()) {
        cheap = middle;
      } else {
        dear = middle;
      }
    }
    Plan plan = picked(choices, dear);
    return bytes(choices, dear) > options.mostMovedBytes() ? running : plan;
  }

  // All GPUs receive at once.
  private double secondsPerByte() {
    Network network = problem.topology().network();
    boolean alone = shapes.stream().allMatch(shape -> shape.domainCount() == 1);
    double rate = 0;
    for (Stage stage : running.stages()) {
      for (int gpu : stage.gpus()) {
        rate += alone ? network.portBytesPerSecond(gpu) : network.domainShareBytesPerSecond(gpu);
      }
    }
    return 1 / rate;
  }

  private double bytes(SortedMap<Integer, List<Choice>> choices, double price) {
    return choices.values().stream().mapToDouble(of -> best(of, price).bytes()).sum();
  }

  private Plan picked(SortedMap<Integer, List<Choice>> choices, double price) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    choices.forEach((layer, of) -> maps.put(layer, best(of, price).map()));
    return new Plan(running.layout(), running.stages(), maps);
  }

  private Choice best(List<Choice> choices, double price) {
    Choice best = choices.get(0);
    for (Choice choice : choices) {
      if (cost(choice, price) < cost(best, price)) {
        best = choice;
      }
    }
    return best;
  }

  private double cost(Choice choice, double price) {
    return KEPT_GAIN * choice.seconds() * options.stepsPerWindow() + choice.bytes() * price;
  }

  /** Of one layer; the first is the running map. */
  private List<Choice> choices(int layer, List<NamedPlan> usual, double seconds) {
    LayerProblem layerProblem = layerProblem(layer);
    List<List<SortedSet<Integer>>> held = gpus.of(layer);
    ExpertMap now = running.experts().get(layer);
    List<Choice> choices = new ArrayList<>();
    NextWindows next = nextWindows(layer, layerProblem);
    choices.add(new Choice(now, next.seconds(now), 0));
    long deadline = System.nanoTime() + (long) ((1 - OF_SEARCH) * seconds * 1e9);
    boolean timed = options.seconds().isPresent();
    BooleanSupplier late = () -> timed && System.nanoTime() - deadline >= 0;
    long seed = options.seed() + 31L * layer;
    PinnedSlots free = new PinnedSlots(Collections.emptySortedSet(), Collections.emptySortedSet());
    for (ExpertMap map :
        FewChanges.from(
            layerProblem, now, free, seed, new FewChanges.Limits(MOST_CHANGES, 0, late))) {
      choices.add(choice(layer, next, map, held));
    }
    SearchBudget budget =
        timed
            ? SearchBudget.ofSeconds(OF_SEARCH * seconds, SearchClock.WALL, () -> false)
            : SearchBudget.ofMoves(options.moves(), () -> false);
    List<ExpertMap> starts = new ArrayList<>(List.of(now));
    usual.stream()
        .map(named -> named.plan().experts().get(layer))
        .filter(map -> map.slots() == now.slots())
        .forEach(starts::add);
    List<ExpertMap> far = new ArrayList<>(LayerStarts.sound(layerProblem, starts));
    far.set(0, LayerSearch.search(layerProblem, starts, budget, seed).map());
    for (ExpertMap map : far) {
      choices.add(choice(layer, next, map, held));
      ExpertMap kept = Relabelling.of(map, layerProblem.shape(), running.layout(), held);
      choices.add(choice(layer, next, kept, held));
    }
    return choices;
  }

  private NextWindows nextWindows(int layer, LayerProblem layerProblem) {
    int ordinal = problem.model().moeLayers().indexOf(layer);
    List<LayerRouting> loads =
        windows.stream().map(window -> window.layers().get(ordinal)).toList();
    return NextWindows.of(layerProblem, loads, keep, options.seed());
  }

  private LayerProblem layerProblem(int layer) {
    StageModel model = new StageModel(problem, running.layout(), shapes.get(gpus.stageOf(layer)));
    return LayerProblem.of(problem, routing, model, layer)
        .inWindowsOfProfiles(windows.size(), WINDOWS);
  }

  private Choice choice(
      int layer, NextWindows next, ExpertMap map, List<List<SortedSet<Integer>>> held) {
    return new Choice(map, next.seconds(map), gpus.movedBytes(layer, map, held));
  }
}
