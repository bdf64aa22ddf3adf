package dev.rackplan.benchmark;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.EvenStages;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolveOutcome;
import dev.rackplan.solver.SolverOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Runs the usual placements, a {@link PlainLoop} and the search on one problem, the searches with
 * several seeds and in equal time, and judges all by the same figures.
 */
public final class PlacementBenchmark {
  /** Row name of {@link PlainLoop}. */
  public static final String PLAIN = "plain-loop";

  /** Row name of the search. */
  public static final String SEARCH = "rackplan";

  private final Problem problem;
  private final Judge judge;
  private final double secondsPerSearch;
  private final int seeds;
  private final int threads;
  private final Consumer<String> progress;

  private PlacementBenchmark(
      Problem problem, double secondsPerSearch, int seeds, int threads, Consumer<String> progress) {
    this.problem = problem;
    this.judge = new Judge(problem, ProblemRouting.of(problem));
    this.secondsPerSearch = secondsPerSearch;
    this.seeds = seeds;
    this.threads = threads;
    this.progress = progress;
  }

  /**
   * All placers on {@code problem}.
   *
   * @param problem a model with experts; its first layout that fits is taken
   * @param secondsPerSearch wall-clock time of each search in s
   * @param seeds searches of each kind; their median is reported
   * @param threads layers searched at the same time
   * @param progress told what starts
   * @throws IllegalArgumentException where the model has no experts, or no layout fits
   */
  public static BenchmarkCase run(
      Problem problem, double secondsPerSearch, int seeds, int threads, Consumer<String> progress) {
    if (problem.model().moeLayers().isEmpty()) {
      throw new IllegalArgumentException(problem.model().name() + " has no experts to place");
    }
    return new PlacementBenchmark(problem, secondsPerSearch, seeds, threads, progress).run();
  }

  private BenchmarkCase run() {
    Plan start =
        PlanSolver.startPlan(problem)
            .orElseThrow(
                () -> new IllegalArgumentException("no layout of " + problem.name() + " fits"));
    List<NamedPlan> usual =
        BaselinePlans.of(problem, start).stream()
            .filter(named -> !named.name().equals(EvenStages.NAME))
            .toList();
    List<BenchmarkRow> rows = new ArrayList<>();
    for (NamedPlan named : usual) {
      rows.add(judge.row(named.name(), new Placed(named.plan(), 0, OptionalDouble.empty())));
    }
    rows.add(median(PLAIN, seed -> plain(start, usual, seed)));
    rows.add(median(SEARCH, this::search));
    return new BenchmarkCase(problem.name(), rows);
  }

  @FunctionalInterface
  private interface Seeded {
    Placed place(long seed);
  }

  private BenchmarkRow median(String name, Seeded placer) {
    List<BenchmarkRow> rows = new ArrayList<>();
    for (long seed = 0; seed < seeds; seed++) {
      progress.accept(problem.name() + ": " + name + ", seed " + seed);
      rows.add(judge.row(name, placer.place(seed)));
    }
    rows.sort(Comparator.comparingDouble(BenchmarkRow::objectiveSeconds));
    return rows.get((rows.size() - 1) / 2);
  }

  private Placed plain(Plan start, List<NamedPlan> usual, long seed) {
    long begin = System.nanoTime();
    PlainPlacer.Result result =
        PlainPlacer.place(judge, start, usual, secondsPerSearch, threads, seed);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Placed(result.plan(), seconds, OptionalDouble.of(result.moves() / seconds));
  }

  private Placed search(long seed) {
    long begin = System.nanoTime();
    SolveOutcome outcome =
        PlanSolver.solve(
            problem,
            new SolverOptions(secondsPerSearch, OptionalLong.empty(), seed, threads),
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
