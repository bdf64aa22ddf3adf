package dev.rackplan.benchmark;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.EplbExperts;
import dev.rackplan.baseline.ExpertBaseline;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.RunningPlan;
import dev.rackplan.replan.WeightMoves;
import dev.rackplan.replan.WindowOptions;
import dev.rackplan.replan.WindowReplanner;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.RoutingWindows;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Traffic in windows: all ways begin with the plan that the search makes for the first window, go
 * on after each further one, and are judged on the next, which they have not seen.
 *
 * <p>EPLB, the FlashLB and the swift style look at the last window, as the engines do, and at loads
 * alone; where windows are known by load only, FlashLB's steps are all windows so far. The first
 * window that is judged is the third: before, nothing has been replanned.
 */
public final class DriftBenchmark {
  private static final String NEVER = "never moving";

  private final Problem problem;
  private final List<RoutingProfile> windows;
  private final int seeds;
  private final Consumer<String> progress;
  private final List<Judge> judges = new ArrayList<>();
  private final List<ProblemRouting> routings = new ArrayList<>();

  private DriftBenchmark(
      Problem problem, int count, WindowOptions options, int seeds, Consumer<String> progress) {
    this.problem = problem;
    this.seeds = seeds;
    this.progress = progress;
    this.windows = RoutingWindows.of(problem.workload().routing(), count, options.seed());
    if (windows.size() < 3) {
      throw new IllegalArgumentException(
          windows.size() + " windows show no drift: one is to plan, one to replan, one to judge");
    }
    for (RoutingProfile window : windows) {
      ProblemRouting routing = ProblemRouting.of(at(window));
      routings.add(routing);
      judges.add(new Judge(at(window), routing));
    }
  }

  /**
   * All ways on {@code problem}.
   *
   * @param problem a model with experts
   * @param count windows, at least 3: {@link RoutingWindows#of}
   * @param options of rackplan's replanning; its moves are those of the first plan's search, too
   * @param seeds as many runs of all ways through the same windows, from the options' seed on
   * @param progress told what starts
   * @throws IllegalArgumentException where the model has no experts, no layout fits or there are
   *     fewer windows
   */
  public static DriftCase run(
      Problem problem, int count, WindowOptions options, int seeds, Consumer<String> progress) {
    return new DriftBenchmark(problem, count, options, seeds, progress).run(options);
  }

  private Problem at(RoutingProfile window) {
    Workload workload = problem.workload();
    return problem.withWorkload(
        workload.withRouting(workload.routing().of(new Scenario(window.name(), List.of(window)))));
  }

  /** Makes the plan that runs after window {@code last} from the one that ran in it. */
  @FunctionalInterface
  private interface Way {
    Plan after(int last, Plan running);
  }

  private DriftCase run(WindowOptions options) {
    List<List<DriftRow>> runs = new ArrayList<>();
    for (int i = 0; i < seeds; i++) {
      runs.add(ways(options.withSeed(options.seed() + i)));
    }
    List<DriftRow> rows = new ArrayList<>();
    for (int way = 0; way < runs.get(0).size(); way++) {
      int same = way;
      rows.add(DriftRow.mean(runs.stream().map(run -> run.get(same)).toList()));
    }
    return new DriftCase(problem.name(), windows.size(), seeds, rows);
  }

  private List<DriftRow> ways(WindowOptions options) {
    progress.accept(
        problem.name()
            + ": the plan for the first of "
            + windows.size()
            + " windows, seed "
            + options.seed());
    Plan start =
        PlanSolver.solve(
                at(windows.get(0)),
                new SolverOptions(
                    // Not looked at where moves are counted.
                    options.seconds().orElse(1),
                    options.seconds().isPresent()
                        ? OptionalLong.empty()
                        : OptionalLong.of(options.moves()),
                    options.seed(),
                    options.threads()),
                (layout, layouts, done, layers, step) -> {},
                () -> false)
            .plan()
            .orElseThrow(
                () -> new IllegalArgumentException("no layout of " + problem.name() + " fits"));
    List<DriftRow> rows = new ArrayList<>();
    rows.add(row(NEVER, start, (last, running) -> running));
    for (EplbExperts.Mode mode : EplbExperts.Mode.values()) {
      ExpertBaseline eplb = new EplbExperts(mode);
      rows.add(row(eplb.name(), start, (last, running) -> usual(eplb.name(), last, running)));
    }
    rows.add(row(PublicPlacers.FLASH, start, this::flash));
    rows.add(row(PublicPlacers.SWIFT, start, this::swift));
    rows.add(
        row(
            PlacementBenchmark.SEARCH,
            start,
            (last, running) -> replanned(last, running, options)));
    return rows;
  }

  private Plan usual(String name, int last, Plan running) {
    return BaselinePlans.of(at(windows.get(last)), running).stream()
        .filter(named -> named.name().equals(name))
        .map(NamedPlan::plan)
        .findFirst()
        .orElseThrow();
  }

  private Plan flash(int last, Plan running) {
    return each(
        running,
        layer -> {
          double[][] steps = PublicPlacers.steps(routings.get(last).of(layer));
          double[][] known = steps.length > 1 ? steps : stepsSoFar(layer, last);
          return FlashLoadBalancer.place(known, running.experts().get(layer).dealt());
        });
  }

  private double[][] stepsSoFar(int layer, int last) {
    List<double[]> steps = new ArrayList<>();
    for (ProblemRouting routing : routings.subList(0, last + 1)) {
      steps.addAll(List.of(PublicPlacers.steps(routing.of(layer))));
    }
    return steps.toArray(double[][]::new);
  }

  private Plan swift(int last, Plan running) {
    return each(
        running,
        layer ->
            SwiftBalancer.rebalance(
                running.experts().get(layer),
                PublicPlacers.mean(PublicPlacers.steps(routings.get(last).of(layer)))));
  }

  private static Plan each(Plan running, IntFunction<ExpertMap> placed) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    running.experts().keySet().forEach(layer -> maps.put(layer, placed.apply(layer)));
    return new Plan(running.layout(), running.stages(), maps);
  }

  private Plan replanned(int last, Plan running, WindowOptions options) {
    progress.accept(problem.name() + ": replanning after window " + last);
    return WindowReplanner.next(problem, running, windows.subList(0, last + 1), options).plan();
  }

  private DriftRow row(String name, Plan start, Way way) {
    Plan running = start;
    double balance = 0;
    double worst = 1;
    double remote = 0;
    double seconds = 0;
    double bytes = 0;
    double moveSeconds = 0;
    int moves = 0;
    int judged = windows.size() - 2;
    for (int last = 1; last + 1 < windows.size(); last++) {
      Plan next = way.after(last, running);
      WeightMoves moved = WeightMoves.of(new RunningPlan(problem, running), problem, next);
      BenchmarkRow row =
          judges.get(last + 1).row(name, new Placed(next, 0, OptionalDouble.empty()));
      balance += row.planned().balancedness() / judged;
      worst = Math.min(worst, row.planned().balancedness());
      remote += row.planned().remoteDomainsPerToken() / judged;
      seconds += row.plannedLayerSeconds() / judged;
      bytes += moved.expertBytes();
      moveSeconds += moved.seconds();
      moves += moved.moves().isEmpty() ? 0 : 1;
      running = next;
    }
    return new DriftRow(
        name, balance, worst, remote, seconds, bytes, moveSeconds, moves, seconds, seconds);
  }
}
