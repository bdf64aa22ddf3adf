package dev.rackplan.solver;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedLayer;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageRule;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.StepLimit;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
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
  private final List<Solved> solved = new ArrayList<>();
  private final List<Solved> smaller = new ArrayList<>();
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
    return new PlanSolver(problem, routing, options, progress, cancelled, soFar).solve();
  }

  /**
   * The plan that the search of the most promising layout begins with: exact stage split, best
   * usual expert placements.
   */
  public static Optional<Plan> startPlan(Problem problem) {
    PlanSolver solver =
        new PlanSolver(
            problem,
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
    return LayoutEnumeration.fault(problem, layout);
  }

  /**
   * A plan that keeps every limit.
   *
   * @param plusMinus how sure its step is, as a share of it; empty where that is not known
   */
  private record Solved(
      LayoutSolver solver, Plan plan, Standing standing, OptionalDouble plusMinus) {
    Layout layout() {
      return plan.layout();
    }
  }

  private Solved solved(LayoutSolver solver, Plan plan) {
    CostedPlan costed = CostedPlan.of(problem, routing, plan, CostDetail.TIMES);
    return new Solved(
        solver, plan, Standing.of(problem, costed), StepConfidence.of(problem, costed).plusMinus());
  }

  private Outcome solve() {
    List<Candidate> candidates =
        options.warmStart().map(from -> List.of(candidate(from))).orElseGet(finder::find);
    for (int i = 0; i < candidates.size(); i++) {
      look(candidates.get(i), i, candidates.size());
    }
    if (!solved.isEmpty()) {
      if (looksFirst(candidates.size())) {
        searchOn(candidates.size());
      }
      if (!options.warmStart().map(WarmStart::keepsStages).orElse(false)) {
        keepToUsual();
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
    Optional<Solved> best = surest();
    List<Solved> all = new ArrayList<>(solved);
    all.addAll(smaller);
    return new Outcome(
        best.map(Solved::plan),
        solved.stream()
            .filter(plan -> best.isEmpty() || !plan.equals(best.get()))
            .sorted(Comparator.comparing(plan -> plan.standing().loss()))
            .map(Solved::plan)
            .toList(),
        trials(best),
        ThroughputFront.of(all, Solved::standing).stream()
            .map(
                point ->
                    new FrontPoint(
                        point.layout(),
                        point.standing().stepSeconds(),
                        point.standing().tokensPerSecondPerGpu(),
                        point.plusMinus()))
            .toList(),
        best.isPresent() ? List.of() : Remedies.of(problem, attempts),
        moves);
  }

  // Of many, the ones that come first are read.
  private List<LayoutTrial> trials(Optional<Solved> best) {
    List<LayoutTrial> trials = new ArrayList<>();
    for (Attempt attempt : attempts) {
      LayoutTrial trial =
          best.isPresent() && attempt.layout().equals(best.get().layout())
              ? attempt.chosen()
              : attempt.comparedWith(best.map(Solved::standing));
      trials.add(
          solved.stream()
              .filter(plan -> plan.layout().equals(attempt.layout()))
              .findFirst()
              .map(plan -> trial.with(plan.plusMinus()))
              .orElse(trial));
    }
    if (finder.wide()) {
      trials.sort(
          Comparator.comparing(LayoutTrial::reason)
              .thenComparingDouble(trial -> -trial.tokensPerSecondPerGpu().orElse(0)));
    }
    return trials;
  }

  // The first of equals.
  private Optional<Solved> best() {
    return solved.stream().min(Comparator.comparing(plan -> plan.standing().loss()));
  }

  private Optional<Solved> surest() {
    return SurestOfEquals.of(solved, plan -> plan.standing().loss(), Solved::plusMinus);
  }

  private void look(Candidate candidate, int index, int count) {
    Layout layout = candidate.start().layout();
    Optional<Loss> beaten =
        solved.stream()
            .map(plan -> plan.standing().loss())
            .sorted()
            .skip(options.keep() - 1L)
            .findFirst();
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
            looksFirst(count) ? begun() : List.of(),
            brief ? briefly() : options,
            index,
            count,
            share * secondsLeft() / (count - index));
    Plan plan =
        options
            .warmStart()
            .filter(from -> from.keepsStages() || !recorded())
            .map(from -> from.notWorse(problem, routing, found))
            .orElse(found);
    Solved reached = inTime(candidate, solved(candidate.solver(), plan));
    Optional<String> late = late(reached.standing().stepSeconds());
    attempts.add(
        late.map(fault -> Attempt.late(layout, reached.standing(), fault))
            .orElseGet(() -> Attempt.solved(layout, reached.standing())));
    if (late.isEmpty()) {
      soFar.found(reached.plan(), reached.standing());
      solved.add(reached);
    }
  }

  // Planned with caution a placement may be slower on the tokens that are given: not past a limit
  // that its start keeps.
  private Solved inTime(Candidate candidate, Solved found) {
    boolean keepsStart =
        late(found.standing().stepSeconds()).isPresent()
            && late(candidate.startStanding().stepSeconds()).isEmpty();
    return keepsStart ? solved(candidate.solver(), candidate.start()) : found;
  }

  private SolverOptions briefly() {
    return options.steps().isEmpty()
        ? options
        : options.withSteps(Math.max(1, options.steps().getAsLong() / FIRST_LOOK_OF_STEPS));
  }

  private void searchOn(int layouts) {
    double limit = FRONT_SHARE * options.timeLimitSeconds();
    front(limit);
    Solved best = best().orElseThrow();
    improve(
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
                    search(started.solver(), started.plan(), begun(), briefly(), 0, 1, share);
                moves += started.solver().moves();
                Solved point = solved(started.solver(), plan);
                if (late(point.standing().stepSeconds()).isEmpty()) {
                  smaller.add(point);
                }
              });
    }
  }

  /**
   * Takes a usual plan where it is better after all, and of its layers those that are: layers and
   * cuts are searched on the first instance, by the slowest stage and for unseen tokens; plans are
   * judged by the slowest instance, the objective and the tokens that are given. In training a
   * slower backward pass may hide more of the gradients' reduction.
   */
  private void keepToUsual() {
    Solved kept = keptToUsual(best().orElseThrow());
    // Of equals the surest is taken, where there are any: it, too, is never worse than a usual
    // plan.
    Solved surest = surest().orElse(kept);
    while (!surest.equals(kept)) {
      kept = keptToUsual(surest);
      surest = surest().orElse(kept);
    }
  }

  private Solved keptToUsual(Solved solution) {
    Solved kept = solution;
    List<Stage> stages;
    do {
      stages = kept.plan().stages();
      for (Plan usual : usual(kept.plan())) {
        if (StageRule.faults(problem, usual).isEmpty()) {
          Plan before = kept.plan();
          if (before.stages().equals(usual.stages()) && recorded()) {
            kept = keptToUsual(kept, usual);
            continue;
          }
          Solved better = improve(kept, usual);
          if (!better.equals(kept) && before.stages().equals(usual.stages())) {
            better = improve(better, taking(savedSeconds(before, usual).keySet(), before, usual));
          }
          kept = better;
        }
      }
      // Other stages have other usual plans.
    } while (!kept.plan().stages().equals(stages));
    return kept;
  }

  // With the plan that the search began with, where one was given.
  private List<Plan> usual(Plan plan) {
    List<Plan> plans = new ArrayList<>();
    BaselinePlans.of(problem, plan).forEach(named -> plans.add(named.plan()));
    options.warmStart().filter(from -> recorded()).ifPresent(from -> plans.add(from.plan()));
    return plans;
  }

  private boolean recorded() {
    return problem.model().moeLayers().stream()
        .anyMatch(layer -> routing.of(layer).stream().anyMatch(ScenarioLayer::recorded));
  }

  // A usual plan that is faster on the recorded tokens rests on their accidents, which windows of
  // them show: the plan comes closer to the sample itself, and only where that is not enough takes
  // layers of the usual one.
  private Solved keptToUsual(Solved solution, Plan usual) {
    Loss limit = Standing.of(problem, routing, usual).loss();
    Optional<Plan> closer =
        solution.solver().closer().filter(plan -> plan.stages().equals(solution.plan().stages()));
    Solved kept = solution;
    if (closer.isPresent()) {
      kept = withLayers(kept, closer.get(), limit);
    }
    return improve(withLayers(kept, usual, limit), usual);
  }

  // As few layers of another plan as make this one no slower than the limit, or all that help:
  // those first that lose least by windows for what they save.
  private Solved withLayers(Solved solution, Plan other, Loss limit) {
    if (!limit.isLessThan(solution.standing().loss())) {
      return solution;
    }
    List<Integer> faster = cheapestLayers(solution, other);
    int tooFew = 0;
    int enough = faster.size();
    while (enough - tooFew > 1) {
      int count = (tooFew + enough) / 2;
      Plan plan = taking(faster.subList(0, count), solution.plan(), other);
      if (limit.isLessThan(Standing.of(problem, routing, plan).loss())) {
        tooFew = count;
      } else {
        enough = count;
      }
    }
    return improve(solution, taking(faster.subList(0, enough), solution.plan(), other));
  }

  private List<Integer> cheapestLayers(Solved solution, Plan usual) {
    SortedMap<Integer, Double> saved = savedSeconds(solution.plan(), usual);
    SortedMap<Integer, Double> lostPerSaved = new TreeMap<>();
    saved.forEach(
        (layer, seconds) -> {
          double lost =
              solution.solver().searchedSeconds(usual, layer)
                  - solution.solver().searchedSeconds(solution.plan(), layer);
          lostPerSaved.put(layer, lost / seconds);
        });
    return lostPerSaved.keySet().stream().sorted(Comparator.comparing(lostPerSaved::get)).toList();
  }

  // Layers whose map of the other plan is faster in the slowest instance, with what they save in s.
  private SortedMap<Integer, Double> savedSeconds(Plan one, Plan other) {
    List<CostedLayer> ofOne = layers(one);
    List<CostedLayer> ofOther = layers(other);
    SortedMap<Integer, Double> saved = new TreeMap<>();
    for (int i = 0; i < ofOne.size(); i++) {
      int layer = ofOne.get(i).index();
      if (one.experts().containsKey(layer) && ofOther.get(i).seconds() < ofOne.get(i).seconds()) {
        saved.put(layer, ofOne.get(i).seconds() - ofOther.get(i).seconds());
      }
    }
    return saved;
  }

  // One plan with the other's maps of some layers.
  private static Plan taking(Collection<Integer> layers, Plan one, Plan other) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>(one.experts());
    layers.forEach(layer -> maps.put(layer, other.experts().get(layer)));
    return new Plan(one.layout(), one.stages(), maps);
  }

  private List<CostedLayer> layers(Plan plan) {
    return CostedPlan.of(problem, routing, plan, CostDetail.TIMES).slowest().stages().stream()
        .flatMap(stage -> stage.layers().stream())
        .toList();
  }

  /** The plan in place of {@code solution} of the same layout if it is better, else that one. */
  private Solved improve(Solved solution, Plan plan) {
    Standing standing = Standing.of(problem, routing, plan);
    if (!standing.loss().isLessThan(solution.standing().loss())
        || late(standing.stepSeconds()).isPresent()) {
      return solution;
    }
    soFar.found(plan, standing);
    attempts.replaceAll(
        attempt ->
            attempt.layout().equals(plan.layout())
                ? Attempt.solved(plan.layout(), standing)
                : attempt);
    Solved better = solved(solution.solver(), plan);
    solved.replaceAll(other -> other.equals(solution) ? better : other);
    return better;
  }

  // The last part of the limit is for costing and writing.
  private double secondsLeft() {
    return Math.max(
        0, 0.95 * options.timeLimitSeconds() - (options.clock().nanos() - startNanos) / 1e9);
  }

  private List<Plan> begun() {
    return solved.stream().flatMap(plan -> plan.solver().begun().stream()).toList();
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

  private Optional<String> late(double stepSeconds) {
    return StepLimit.fault(problem, stepSeconds);
  }
}
