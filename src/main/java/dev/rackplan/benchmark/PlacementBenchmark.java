package dev.rackplan.benchmark;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.EvenStages;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.solver.WarmStart;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * Runs the usual placements, those of engines, a {@link PlainLoop} and the search on one problem,
 * the searches with several seeds and in equal time, and judges all by the same figures; or the
 * usual placements and the search at several bandwidths.
 */
public final class PlacementBenchmark {
  /** Row name of {@link PlainLoop}. */
  public static final String PLAIN = "plain-loop";

  /** Row name of the search. */
  public static final String SEARCH = "rackplan";

  private final Problem problem;
  private final ProblemRouting routing;
  private final Judge judge;
  private final BenchmarkBudget budget;
  private final Consumer<String> progress;

  private PlacementBenchmark(Problem problem, BenchmarkBudget budget, Consumer<String> progress) {
    if (problem.model().moeLayers().isEmpty()) {
      throw new IllegalArgumentException(problem.model().name() + " has no experts to place");
    }
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.judge = new Judge(problem, routing);
    this.budget = budget;
    this.progress = progress;
  }

  /**
   * All placers on {@code problem}.
   *
   * @param problem a model with experts; its first layout that fits is taken
   * @param budget of each search; a time, since the plain loop counts no steps
   * @param progress told what starts
   * @throws IllegalArgumentException where the model has no experts, or no layout fits
   */
  public static BenchmarkCase run(
      Problem problem, BenchmarkBudget budget, Consumer<String> progress) {
    if (budget.steps().isPresent()) {
      throw new IllegalArgumentException("placers are compared in equal time, not in steps");
    }
    return new PlacementBenchmark(problem, budget, progress).run();
  }

  /**
   * The usual placements and the search on {@code problem} as if its NICs had other line rates.
   *
   * @param problem a model with experts; its first layout that fits is taken
   * @param nicBytesPerSecond line rates in bytes/s of each GPU's share, one direction
   * @param budget of the search at each of them
   * @param progress told what starts
   * @throws IllegalArgumentException where the model has no experts, or no layout fits
   */
  public static BandwidthFront front(
      Problem problem,
      List<Double> nicBytesPerSecond,
      BenchmarkBudget budget,
      Consumer<String> progress) {
    Topology topology = problem.topology();
    List<FrontPoint> points = new ArrayList<>();
    for (double bandwidth : nicBytesPerSecond.stream().sorted().toList()) {
      Problem changed =
          problem.withTopology(
              topology.withScaleOut(topology.scaleOut().withNicBandwidth(bandwidth)));
      PlacementBenchmark benchmark =
          new PlacementBenchmark(
              changed,
              budget,
              text -> progress.accept(text + ", NIC " + bandwidth / 1e9 + " GB/s"));
      Plan start = benchmark.start();
      points.add(
          new FrontPoint(
              bandwidth,
              benchmark.judged(benchmark.usual(start)),
              benchmark.median(SEARCH, seed -> benchmark.search(start, seed))));
    }
    double scaleUp =
        topology.domains().stream()
            .mapToDouble(domain -> domain.scaleUp().bandwidthBytesPerSecond())
            .min()
            .orElseThrow();
    return new BandwidthFront(problem.name(), scaleUp, points);
  }

  private BenchmarkCase run() {
    Plan start = start();
    List<NamedPlan> usual = usual(start);
    List<BenchmarkRow> rows = new ArrayList<>(judged(usual));
    rows.addAll(judged(PublicPlacers.plans(routing, start, usual)));
    rows.add(median(PLAIN, seed -> plain(start, usual, seed)));
    rows.add(median(SEARCH, seed -> search(start, seed)));
    return new BenchmarkCase(problem.name(), budget, rows);
  }

  private Plan start() {
    return PlanSolver.startPlan(problem)
        .orElseThrow(
            () -> new IllegalArgumentException("no layout of " + problem.name() + " fits"));
  }

  private List<NamedPlan> usual(Plan start) {
    return BaselinePlans.of(problem, start).stream()
        .filter(named -> !named.name().equals(EvenStages.NAME))
        .toList();
  }

  private List<BenchmarkRow> judged(List<NamedPlan> plans) {
    return plans.stream()
        .map(named -> judge.row(named.name(), new Placed(named.plan(), 0, OptionalDouble.empty())))
        .toList();
  }

  @FunctionalInterface
  private interface Seeded {
    Placed place(long seed);
  }

  private BenchmarkRow median(String name, Seeded placer) {
    List<BenchmarkRow> rows = new ArrayList<>();
    for (long seed = 0; seed < budget.seeds(); seed++) {
      progress.accept(problem.name() + ": " + name + ", seed " + seed);
      rows.add(judge.row(name, placer.place(seed)));
    }
    rows.sort(Comparator.comparingDouble(BenchmarkRow::layerSeconds));
    BenchmarkRow median = rows.get((rows.size() - 1) / 2);
    return median.ofSeeds(rows.get(0).layerSeconds(), rows.get(rows.size() - 1).layerSeconds());
  }

  private Placed plain(Plan start, List<NamedPlan> usual, long seed) {
    long begin = System.nanoTime();
    PlainPlacer.Result result = PlainPlacer.place(judge, start, usual, budget, seed);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Placed(result.plan(), seconds, OptionalDouble.of(result.moves() / seconds));
  }

  // In the layout of the start: a search would look at others, too, which place something else.
  private Placed search(Plan start, long seed) {
    long begin = System.nanoTime();
    Outcome outcome =
        PlanSolver.solve(
            problem,
            new SolverOptions(budget.seconds(), budget.steps(), seed, budget.threads())
                .by(budget.clock())
                .from(new WarmStart(start, Optional.empty())),
            (layout, layouts, done, layers, step) -> {},
            () -> false);
    double seconds = (System.nanoTime() - begin) / 1e9;
    Plan plan =
        outcome
            .plan()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no plan of " + problem.name() + " keeps its limits"));
    return new Placed(plan, seconds, OptionalDouble.of(outcome.moves() / seconds));
  }
}
