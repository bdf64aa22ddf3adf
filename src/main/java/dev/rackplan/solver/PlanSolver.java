package dev.rackplan.solver;

import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** The door to the search: a problem in, the best plan found out. */
public final class PlanSolver {
  // Share of the time that the first look at all layouts takes together.
  private static final double FIRST_LOOK = 0.35;
  // With steps: part of them that a layout's first look takes where most layouts are searched ones.
  private static final long FIRST_LOOK_OF_STEPS = 10;
  // Share of the time for smaller micro-batches on the front, and how many of them.
  private static final double FRONT_SHARE = 0.1;
  private static final int FRONT_POINTS = 8;

  private final Problem problem;
  private final ProblemRouting routing;
  private final SolverOptions options;
  private final SearchProgress progress;
  private final BooleanSupplier cancelled;
  private final PlanSoFar soFar;
  private final long startNanos;
  private final List<Attempt> attempts = new ArrayList<>();
  private final Candidates finder;
  private final SolvedPlans solved;
  private final List<SolvedPlan> smaller = new ArrayList<>();
  private Optional<List<Candidate>> begun = Optional.empty();
  private long moves;

  private PlanSolver(
      Problem problem,
      ProblemRouting routing,
      SolverOptions options,
      SearchProgress progress,
      BooleanSupplier cancelled,
      PlanSoFar soFar) {
    this.startNanos = options.clock().nanos();
    this.problem = problem;
    this.routing = routing;
    this.options = options;
    this.progress = progress;
    this.cancelled = cancelled;
    this.soFar = soFar;
    this.solved = new SolvedPlans(problem, routing, attempts, soFar);
    this.finder = new Candidates(problem, routing, options, cancelled, attempts, soFar);
  }

  /**
   * The best plan found within the options' limits. Asked to stop, it returns the best so far.
   *
   * @param progress told from this thread after each searched layer
   * @param cancelled asked often, from many threads; true ends the search
   */
  public static Outcome solve(
      Problem problem, SolverOptions options, SearchProgress progress, BooleanSupplier cancelled) {
    return solve(problem, options, progress, cancelled, new PlanSoFar());
  }

  /**
   * The same, whose plans so far another thread looks at.
   *
   * @param soFar a new one; what is read there changes nothing of the search
   */
  public static Outcome solve(
      Problem problem,
      SolverOptions options,
      SearchProgress progress,
      BooleanSupplier cancelled,
      PlanSoFar soFar) {
    return solve(problem, ProblemRouting.of(problem), options, progress, cancelled, soFar);
  }

  /** The same with routing that was mixed before. */
  public static Outcome solve(
      Problem problem,
      ProblemRouting routing,
      SolverOptions options,
      SearchProgress progress,
      BooleanSupplier cancelled,
      PlanSoFar soFar) {
    List<PlanSolver> solvers = new ArrayList<>();
    for (Problem ground : grounds(problem, options)) {
      solvers.add(new PlanSolver(ground, routing, options, progress, cancelled, soFar));
    }
    PlanSolver best = solvers.get(0);
    for (PlanSolver other : solvers.subList(1, solvers.size())) {
      Optional<Loss> known = best.firstLoss();
      Optional<Loss> loss = other.firstLoss();
      if (loss.isPresent() && known.map(loss.get()::isLessThan).orElse(true)) {
        best = other;
      }
    }
    return best.solve();
  }

  private static List<Problem> grounds(Problem problem, SolverOptions options) {
    return options
        .warmStart()
        .map(from -> List.of(EngineGround.of(problem, from.plan())))
        .orElseGet(() -> EngineGround.all(problem));
  }

  /**
   * The plan that the search of the most promising layout begins with: exact stage split, best
   * usual expert placements.
   */
  public static Optional<Plan> startPlan(Problem problem) {
    PlanSolver solver =
        new PlanSolver(
            EngineGround.all(problem).get(0),
            ProblemRouting.of(problem),
            new SolverOptions(1, OptionalLong.of(1), 0, 1),
            (a, b, c, d, e) -> {},
            () -> false,
            new PlanSoFar());
    return solver.finder.find().stream().findFirst().map(Candidate::start);
  }

  /** How good a plan is by the problem's objective: smaller is better. */
  public static Loss loss(Problem problem, Plan plan) {
    return Standing.of(problem, ProblemRouting.of(problem), plan).loss();
  }

  /** The same of a plan that is costed. */
  public static Loss loss(Problem problem, CostedPlan costed) {
    return Standing.of(problem, costed).loss();
  }

  /** Why the problem does not allow {@code layout}; empty where it does. */
  public static Optional<String> layoutFault(Problem problem, Layout layout) {
    List<Optional<String>> faults =
        EngineGround.all(problem).stream()
            .map(ground -> LayoutEnumeration.fault(ground, layout))
            .toList();
    return faults.stream().allMatch(Optional::isPresent) ? faults.get(0) : Optional.empty();
  }

  // How good the best plan is that the search begins with; empty where no layout fits.
  private Optional<Loss> firstLoss() {
    return candidates().stream()
        .map(candidate -> candidate.startStanding().loss())
        .min(Comparator.naturalOrder());
  }

  private List<Candidate> candidates() {
    if (begun.isEmpty()) {
      begun =
          Optional.of(
              options.warmStart().map(from -> List.of(candidate(from))).orElseGet(finder::find));
    }
    return begun.get();
  }

  private Outcome solve() {
    List<Candidate> candidates = candidates();
    for (int i = 0; i < candidates.size(); i++) {
      look(candidates.get(i), i, candidates.size());
    }
    if (!solved.isEmpty()) {
      if (looksFirst(candidates.size())) {
        searchOn(candidates.size());
      }
      if (!options.warmStart().map(WarmStart::keepsStages).orElse(false)) {
        new UsualPlans(problem, routing, options.warmStart(), solved).keep();
      }
    }
    candidates.forEach(candidate -> moves += candidate.solver().moves());
    return outcome();
  }

  // Whether a short look at each of so many layouts picks the one that is searched on.
  private boolean looksFirst(int layouts) {
    return layouts > 1 && (options.steps().isEmpty() || finder.wide());
  }

  private Outcome outcome() {
    List<SolvedPlan> all = new ArrayList<>(solved.all());
    all.addAll(smaller);
    return new Outcome(
        solved.surest().map(SolvedPlan::plan),
        solved.others(),
        solved.trials(finder.wide()),
        ThroughputFront.of(all, SolvedPlan::standing).stream()
            .map(
                point ->
                    new FrontPoint(
                        point.layout(),
                        point.standing().stepSeconds(),
                        point.standing().tokensPerSecondPerGpu(),
                        point.plusMinus()))
            .toList(),
        solved.isEmpty() ? Remedies.of(problem, attempts) : List.of(),
        moves);
  }

  private void look(Candidate candidate, int index, int count) {
    Layout layout = candidate.start().layout();
    Optional<Loss> beaten = solved.reached(options.keep());
    if (beaten.isPresent() && !candidate.bound().loss().isLessThan(beaten.get())) {
      attempts.add(Attempt.beaten(layout, candidate.bound()));
      return;
    }
    // With several layouts a first, short look at each picks the one that the rest of the time
    // goes to.
    double share = count == 1 ? 1 : FIRST_LOOK;
    boolean brief = count > 1 && finder.wide();
    Plan found =
        search(
            candidate.solver(),
            candidate.start(),
            looksFirst(count) ? solved.begun() : List.of(),
            brief ? briefly() : options,
            index,
            count,
            share * secondsLeft() / (count - index));
    Plan plan =
        options
            .warmStart()
            .filter(from -> from.keepsStages() || !routing.recorded())
            .map(from -> from.notWorse(problem, routing, found))
            .orElse(found);
    solved.add(inTime(candidate, solved.judged(candidate.solver(), plan)));
  }

  // Planned with caution a placement may be slower on the tokens that are given: not past a limit
  // that its start keeps.
  private SolvedPlan inTime(Candidate candidate, SolvedPlan reached) {
    boolean keepsStart =
        solved.late(reached.standing()).isPresent()
            && solved.late(candidate.startStanding()).isEmpty();
    return keepsStart ? solved.judged(candidate.solver(), candidate.start()) : reached;
  }

  private SolverOptions briefly() {
    return options.steps().isEmpty()
        ? options
        : options.withSteps(Math.max(1, options.steps().getAsLong() / FIRST_LOOK_OF_STEPS));
  }

  private void searchOn(int layouts) {
    double limit = FRONT_SHARE * options.timeLimitSeconds();
    front(limit);
    SolvedPlan best = solved.best().orElseThrow();
    solved.improve(
        best,
        search(
            best.solver(), best.plan(), List.of(), options, layouts - 1, layouts, secondsLeft()));
  }

  /**
   * Smaller micro-batches give up throughput for a shorter step: those that are estimated not to be
   * beaten are solved briefly.
   */
  private void front(double seconds) {
    List<LayoutScreen.Estimated> estimated =
        ThroughputFront.of(finder.smaller(), LayoutScreen.Estimated::standing);
    List<LayoutScreen.Estimated> points = ThroughputFront.thinned(estimated, FRONT_POINTS);
    double until = secondsLeft() - seconds;
    for (int i = 0; i < points.size(); i++) {
      boolean noTime = options.steps().isEmpty() && secondsLeft() <= Math.max(0, until);
      if (cancelled.getAsBoolean() || noTime) {
        return;
      }
      int left = points.size() - i;
      finder
          .exactly(points.get(i).layout())
          .ifPresent(
              started -> {
                double share = Math.max(0, secondsLeft() - until) / left;
                Plan plan =
                    search(
                        started.solver(), started.plan(), solved.begun(), briefly(), 0, 1, share);
                moves += started.solver().moves();
                SolvedPlan point = solved.judged(started.solver(), plan);
                if (solved.late(point.standing()).isEmpty()) {
                  smaller.add(point);
                }
              });
    }
  }

  // The last part of the limit is for costing and writing.
  private double secondsLeft() {
    return Math.max(
        0, 0.95 * options.timeLimitSeconds() - (options.clock().nanos() - startNanos) / 1e9);
  }

  private Plan search(
      LayoutSolver solver,
      Plan from,
      List<Plan> others,
      SolverOptions how,
      int index,
      int count,
      double seconds) {
    try {
      return solver.solve(
          from,
          others,
          how,
          seconds,
          (done, layers, step) -> progress.at(index + 1, count, done, layers, step),
          cancelled,
          soFar);
    } finally {
      soFar.ends();
    }
  }

  // With one layout there is none to compare its bound with.
  private Candidate candidate(WarmStart from) {
    LayoutSolver solver = new LayoutSolver(problem, routing, from.layoutStart(problem, routing));
    Standing standing = Standing.of(problem, routing, from.plan());
    return new Candidate(solver, from.plan(), standing, standing);
  }
}
