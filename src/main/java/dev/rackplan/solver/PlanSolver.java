package dev.rackplan.solver;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The door to the search: a problem in, the best plan found out. */
public final class PlanSolver {
  // Share of the time that the first look at all layouts takes together.
  private static final double FIRST_LOOK = 0.35;

  private final Problem problem;
  private final ProblemRouting routing;
  private final SolverOptions options;
  private final SearchProgress progress;
  private final BooleanSupplier cancelled;
  private final long startNanos = System.nanoTime();
  private final List<Attempt> attempts = new ArrayList<>();

  private PlanSolver(
      Problem problem, SolverOptions options, SearchProgress progress, BooleanSupplier cancelled) {
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.options = options;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /**
   * The best plan found within the options' limits. Asked to stop, it returns the best so far.
   *
   * @param progress told from this thread after each searched layer
   * @param cancelled asked often, from many threads; true ends the search
   */
  public static SolveOutcome solve(
      Problem problem, SolverOptions options, SearchProgress progress, BooleanSupplier cancelled) {
    return new PlanSolver(problem, options, progress, cancelled).solve();
  }

  /**
   * The plan that the search of the first layout that fits begins with: exact stage split, best
   * usual expert placements.
   */
  public static Optional<Plan> startPlan(Problem problem) {
    PlanSolver solver =
        new PlanSolver(
            problem,
            new SolverOptions(1, java.util.OptionalLong.of(1), 0, 1),
            (a, b, c, d, e) -> {},
            () -> false);
    return solver.candidates().stream().findFirst().map(Candidate::start);
  }

  /** Why the problem does not allow {@code layout}; empty where it does. */
  public static Optional<String> layoutFault(Problem problem, Layout layout) {
    return LayoutEnumeration.fault(problem, layout);
  }

  private record Candidate(
      LayoutSolver solver, Plan start, Standing startStanding, Standing bound) {}

  private SolveOutcome solve() {
    List<Candidate> candidates = candidates();
    Best best = new Best();
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      Layout layout = candidate.start().layout();
      if (best.found() && candidate.bound().loss() >= best.standing.loss()) {
        attempts.add(Attempt.beaten(layout, candidate.bound()));
        continue;
      }
      // With several layouts a first, short look at each picks the one that the rest of the time
      // goes to.
      double share = candidates.size() == 1 ? 1 : FIRST_LOOK;
      Plan found =
          search(
              candidate,
              candidate.start(),
              i,
              candidates.size(),
              share * secondsLeft() / (candidates.size() - i));
      Plan plan =
          options.warmStart().map(from -> from.notWorse(problem, routing, found)).orElse(found);
      Standing standing = Standing.of(problem, routing, plan);
      Optional<String> late = late(standing.stepSeconds());
      attempts.add(
          late.map(fault -> Attempt.late(layout, standing, fault))
              .orElseGet(() -> Attempt.solved(layout, standing)));
      if (late.isEmpty() && (!best.found() || standing.loss() < best.standing.loss())) {
        best.set(candidate, plan, standing);
      }
    }
    if (best.found() && candidates.size() > 1 && options.steps().isEmpty()) {
      searchOn(best, candidates.size());
    }
    if (best.found() && !options.warmStart().map(WarmStart::keepsStages).orElse(false)) {
      keepToUsual(best);
    }
    return new SolveOutcome(
        Optional.ofNullable(best.plan),
        attempts.stream()
            .map(
                attempt ->
                    best.found() && attempt.layout().equals(best.plan.layout())
                        ? attempt.chosen()
                        : attempt.comparedWith(best.standing))
            .toList(),
        candidates.stream().mapToLong(candidate -> candidate.solver().moves()).sum());
  }

  private static final class Best {
    private Candidate candidate;
    private Plan plan;
    private Standing standing;

    boolean found() {
      return plan != null;
    }

    void set(Candidate newCandidate, Plan newPlan, Standing newStanding) {
      candidate = newCandidate;
      plan = newPlan;
      standing = newStanding;
    }
  }

  private void searchOn(Best best, int layouts) {
    improve(best, search(best.candidate, best.plan, layouts - 1, layouts, secondsLeft()));
  }

  /**
   * Takes a usual plan where it is better after all: layers and cuts are searched on the first
   * instance and by the slowest stage, plans are judged by the slowest instance and the objective.
   */
  private void keepToUsual(Best best) {
    if (best.plan.layout().replicas() == 1 && best.plan.layout().pipelineStages() == 1) {
      return;
    }
    for (NamedPlan usual : BaselinePlans.of(problem, best.plan)) {
      if (MemoryFit.fits(problem, usual.plan())) {
        improve(best, usual.plan());
      }
    }
  }

  private void improve(Best best, Plan plan) {
    Standing standing = Standing.of(problem, routing, plan);
    if (standing.loss() < best.standing.loss() && late(standing.stepSeconds()).isEmpty()) {
      attempts.replaceAll(
          attempt ->
              attempt.layout().equals(plan.layout())
                  ? Attempt.solved(plan.layout(), standing)
                  : attempt);
      best.set(best.candidate, plan, standing);
    }
  }

  // The last part of the limit is for costing and writing.
  private double secondsLeft() {
    return Math.max(0, 0.95 * options.timeLimitSeconds() - (System.nanoTime() - startNanos) / 1e9);
  }

  private Plan search(Candidate candidate, Plan from, int index, int count, double seconds) {
    return candidate
        .solver()
        .solve(
            from,
            options,
            seconds,
            (done, layers, step) -> progress.at(index + 1, count, done, layers, step),
            cancelled);
  }

  // With one layout there is none to compare its bound with.
  private Candidate candidate(WarmStart from) {
    LayoutSolver solver = new LayoutSolver(problem, routing, from.layoutStart(problem, routing));
    Standing standing = Standing.of(problem, routing, from.plan());
    return new Candidate(solver, from.plan(), standing, standing);
  }

  private List<Candidate> candidates() {
    if (options.warmStart().isPresent()) {
      return List.of(candidate(options.warmStart().get()));
    }
    LayoutEnumeration.Enumerated enumerated = LayoutEnumeration.of(problem);
    enumerated
        .refused()
        .forEach(refused -> attempts.add(Attempt.faulty(refused.layout(), refused.outcome())));
    List<Candidate> candidates = new ArrayList<>();
    double deadline = 0;
    for (Layout layout : enumerated.layouts()) {
      if (cancelled.getAsBoolean() && !candidates.isEmpty()) {
        attempts.add(Attempt.faulty(layout, "not looked at: stopped before"));
        continue;
      }
      // Half of the time for all of them: the other half is for the search.
      deadline += 0.5 * options.timeLimitSeconds() / enumerated.layouts().size();
      boolean open =
          problem.workload().concurrentSequences().isEmpty()
              && problem.layoutSpace().sequencesPerMicroBatch().isEmpty();
      (open ? mostSequences(layout, deadline) : candidate(layout)).ifPresent(candidates::add);
    }
    candidates.sort(Comparator.comparingDouble(candidate -> candidate.bound().loss()));
    return candidates;
  }

  private Optional<Candidate> candidate(Layout layout) {
    Probe probe = probe(layout);
    probe.fault().ifPresent(fault -> attempts.add(Attempt.faulty(layout, fault)));
    return probe.candidate();
  }

  private record Probe(Optional<Candidate> candidate, Optional<String> fault) {}

  private Probe probe(Layout layout) {
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    int needed = layout.replicas() * layout.pipelineStages();
    if (blocks.size() < needed) {
      return new Probe(
          Optional.empty(),
          Optional.of(
              "needs "
                  + needed
                  + " blocks of "
                  + layout.gpusPerStage()
                  + " GPUs, there are "
                  + blocks.size()));
    }
    LayoutStart layoutStart = layoutStart(layout, blocks, LayoutStart.ShortMemory.FEWER_SLOTS);
    LayoutSolver solver = new LayoutSolver(problem, routing, layoutStart);
    Optional<Plan> start = solver.start();
    if (start.isEmpty()) {
      return new Probe(Optional.empty(), Optional.of(layoutStart.memoryFault()));
    }
    List<Stage> hosts = start.get().stages();
    Standing bound = Standing.ofBound(problem, layout, hosts, solver.bound());
    Optional<String> late = late(bound.stepSeconds()).map(words -> words + " even at the bound");
    if (late.isPresent()) {
      return new Probe(Optional.empty(), late);
    }
    Standing standing = Standing.of(problem, routing, start.get());
    return new Probe(
        Optional.of(new Candidate(solver, start.get(), standing, bound)), Optional.empty());
  }

  /**
   * The largest micro-batch whose start plan fits memory and keeps the time limit: halved from what
   * memory holds or doubled until it fails, then bisected until it is exact or the deadline has
   * passed.
   */
  private Optional<Candidate> mostSequences(Layout layout, double deadlineSeconds) {
    Probe last = probe(layout);
    if (last.candidate().isEmpty()
        || late(last.candidate().get().startStanding().stepSeconds()).isPresent()) {
      attempts.add(
          Attempt.faulty(layout, last.fault().orElse("too slow with one sequence a micro-batch")));
      return Optional.empty();
    }
    Candidate best = last.candidate().get();
    // More sequences must not cost redundant experts where one sequence does not.
    LayoutStart.ShortMemory shortMemory =
        best.solver().holdsAllRedundantExperts()
            ? LayoutStart.ShortMemory.NO_PLAN
            : LayoutStart.ShortMemory.FEWER_SLOTS;
    long good = MemoryFit.mostEvenly(problem, layout);
    while (good > 1
        && (cancelled.getAsBoolean()
            || !fits(layout.withSequencesPerMicroBatch((int) good), shortMemory))) {
      good /= 2;
    }
    long bad = 2 * good;
    while (bad < Integer.MAX_VALUE / 2
        && !cancelled.getAsBoolean()
        && fits(layout.withSequencesPerMicroBatch((int) bad), shortMemory)) {
      good = bad;
      bad *= 2;
    }
    // Whole sequences per attention rank: a part of one costs as much.
    long unit = Math.max(1, Math.min(layout.attentionRanks(), good));
    while (bad - good > unit && !pastDeadline(deadlineSeconds)) {
      long middle = good + Math.max(1, (bad - good) / 2 / unit) * unit;
      if (middle >= bad) {
        break;
      }
      if (fits(layout.withSequencesPerMicroBatch((int) middle), shortMemory)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return probe(layout.withSequencesPerMicroBatch((int) good))
        .candidate()
        .or(() -> Optional.of(best));
  }

  // Equal steps must give equal plans: with them only a wish to stop counts.
  private boolean pastDeadline(double seconds) {
    boolean timed = options.steps().isEmpty();
    return cancelled.getAsBoolean() || (timed && (System.nanoTime() - startNanos) / 1e9 > seconds);
  }

  private LayoutStart layoutStart(
      Layout layout, List<List<Integer>> blocks, LayoutStart.ShortMemory shortMemory) {
    return LayoutStart.of(problem, routing, layout, blocks, shortMemory, options.seed());
  }

  // Without the bound, which costs more than the rest and no plan of the bisection needs.
  private boolean fits(Layout layout, LayoutStart.ShortMemory shortMemory) {
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    return new LayoutSolver(problem, routing, layoutStart(layout, blocks, shortMemory))
        .start()
        .filter(plan -> late(Standing.of(problem, routing, plan).stepSeconds()).isEmpty())
        .isPresent();
  }

  private Optional<String> late(double stepSeconds) {
    return TimeLimit.fault(problem, stepSeconds);
  }
}
